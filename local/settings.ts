import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { chartBeside } from "../shared/vcluster/charts-on-disk";
import { CHART_VERSIONS, TESTED_VERSION } from "../shared/vcluster/versions";

/**
 * Every directory, address and version of the local host, in one place because the clean-up after a killed run relies
 * on these values alone.
 */

export const localDir = path.join(checkoutDir, "local");

/** Build results, shared by all checkouts of a user. Safe to delete. */
export const cacheDir = path.join(
  process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
  "vcluster-environments",
);
export const buildsDir = path.join(cacheDir, "builds");
export const toolchainsDir = path.join(cacheDir, "toolchains");

/** Data of the host: its database, volumes, images, Pulumi state. `make host-down` removes it. */
export const stateDir = "/var/lib/vcluster-environments";
export const logDir = path.join(stateDir, "log");
export const manifestsDir = path.join(stateDir, "manifests");
export const kubeconfig = path.join(stateDir, "kubeconfig");
export const overlayFile = path.join(stateDir, "overlay.json");
export const chartDir = path.join(stateDir, "chart", "vcluster");
export const pulumiDir = path.join(stateDir, "pulumi");

/** Sockets and process ids, which do not survive a restart of the machine. */
export const runDir = "/run/vcluster-environments";
export const containerdSocket = path.join(runDir, "containerd.sock");

/** Fixed paths of kubeadm and the kubelet. */
export const kubernetesDir = "/etc/kubernetes";
export const kubeletDir = "/var/lib/kubelet";

/** What one cluster leaves, and the next must not find. */
export const clusterDirs = [`${stateDir}/etcd`, `${stateDir}/volumes`, pulumiDir, kubernetesDir, kubeletDir];

/**
 * Addresses of the host. A bridge without ports has the node's address, because some machines have no `dummy` device;
 * pods have a bridge of their own. 10.213.0.0/16 is never routed off the machine.
 */
export const network = {
  /** Range of all addresses below. The arguments of kube-router in local/manifests repeat the services' range. */
  all: "10.213.0.0/16",
  nodeBridge: "vce-node",
  podBridge: "vce-pods",
  nodeAddress: "10.213.0.1",
  nodePrefix: "10.213.0.1/24",
  podCidr: "10.213.64.0/18",
  serviceCidr: "10.213.128.0/18",
  /** The service `kubernetes`: the first address of its range. */
  apiService: "10.213.128.1",
  firewallTable: "vce_guard",
};

export const nodeName = "local";
export const clusterName = "vcluster-environments";
export const domain = "cnoe.localtest.me";
/** Loopback ports of the ingress controller. */
export const ingressPorts = [80, 443];

/** Versions of the programs in `local/go` and of their images. */
export const versions = {
  kubernetes: "v1.34.4",
  etcd: "v3.6.16",
  coredns: "v1.14.3",
  vcluster: TESTED_VERSION,
  traefik: "v3.6.12",
  argocd: "v3.1.16",
  localPathProvisioner: "v0.0.30",
  kubeRouter: "v2.2.1",
  pulumi: "v3.200.0",
  pulumiLanguageNodejs: "v3.68.0",
  pulumiLanguageYaml: "v1.38.1",
};

/** Other versions of vCluster that can be built here, oldest first; nothing builds them unasked. */
export const otherVclusters = [...new Set(CHART_VERSIONS.map(({ contents }) => contents.release))].filter(
  (release) => release !== versions.vcluster,
);

/** Name of the Go module of a version of vCluster. */
export function vclusterModule(version: string): string {
  return version === versions.vcluster ? "vcluster" : `vcluster-${version}`;
}

/** Where the host has the chart of a version. */
export function chartDirOf(version: string): string {
  return version === versions.vcluster ? chartDir : chartBeside(chartDir, version);
}
