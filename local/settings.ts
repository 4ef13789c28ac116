import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";

/**
 * Every directory, address and version of the local host. They are in one place because the clean-up after a killed
 * run finds what to remove by these values alone.
 */

export const localDir = path.join(checkoutDir, "local");

/** What can be made again: built programs, shared by all checkouts of a user. */
export const cacheDir = path.join(
  process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
  "vcluster-environments",
);
export const buildsDir = path.join(cacheDir, "builds");
export const toolchainsDir = path.join(cacheDir, "toolchains");

/** What lives as long as the host: its database, volumes, images, Pulumi state. `make host-down` removes it. */
export const stateDir = "/var/lib/vcluster-environments";
export const logDir = path.join(stateDir, "log");
export const manifestsDir = path.join(stateDir, "manifests");
export const kubeconfig = path.join(stateDir, "kubeconfig");
export const overlayFile = path.join(stateDir, "overlay.json");
export const chartDir = path.join(stateDir, "chart", "vcluster");
export const pulumiDir = path.join(stateDir, "pulumi");

/** What is gone after a restart of the machine: sockets, process ids. */
export const runDir = "/run/vcluster-environments";
export const containerdSocket = path.join(runDir, "containerd.sock");

/** kubeadm and the kubelet know no other places. */
export const kubernetesDir = "/etc/kubernetes";
export const kubeletDir = "/var/lib/kubelet";

/**
 * Addresses of the host. A bridge without ports holds the node's address, because some machines have no `dummy`
 * device; pods sit on a bridge of their own. Nothing of 10.213.0.0/16 is ever routed off the machine.
 */
export const network = {
  /** All addresses below are of this range. The argument of kube-router in local/manifests repeats the services' part. */
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
/** The loopback ports that the ingress controller serves. */
export const ingressPorts = [80, 443];

/** Versions of what is built (`local/go`) and of the images that are named after them. */
export const versions = {
  kubernetes: "v1.34.4",
  etcd: "v3.6.16",
  coredns: "v1.14.3",
  vcluster: "0.26.0",
  traefik: "v3.6.12",
  argocd: "v3.1.16",
  localPathProvisioner: "v0.0.30",
  kubeRouter: "v2.2.1",
  pulumi: "v3.200.0",
  pulumiLanguageNodejs: "v3.68.0",
  pulumiLanguageYaml: "v1.38.1",
};
