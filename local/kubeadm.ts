import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../shared/exec";
import { waitFor } from "../shared/wait";
import { program } from "./build";
import { startKubelet } from "./processes";
import {
  clusterName,
  containerdSocket,
  kubeconfig,
  kubeletDir,
  kubernetesDir,
  network,
  nodeName,
  stateDir,
  versions,
} from "./settings";

const configFile = path.join(stateDir, "kubeadm.json");
const resolvConf = path.join(stateDir, "resolv.conf");

const nearlyFull = { "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%" };

/** In any order. */
const documents = [
  {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: network.nodeAddress, bindPort: 6443 },
    nodeRegistration: {
      name: nodeName,
      criSocket: `unix://${containerdSocket}`,
      imagePullPolicy: "Never",
      taints: [], // the only node also runs the workloads
      kubeletExtraArgs: [{ name: "node-ip", value: network.nodeAddress }],
    },
  },
  {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    clusterName,
    kubernetesVersion: versions.kubernetes,
    networking: { podSubnet: network.podCidr, serviceSubnet: network.serviceCidr },
    apiServer: { extraArgs: [{ name: "bind-address", value: network.nodeAddress }] },
    etcd: { local: { dataDir: path.join(stateDir, "etcd"), imageTag: `${versions.etcd.slice(1)}-0` } },
    dns: { imageTag: versions.coredns },
  },
  {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeAddress,
    cgroupDriver: "cgroupfs",
    failSwapOn: false,
    resolvConf,
    // Images cannot be pulled again, so none is garbage-collected, and a nearly full disk evicts no pod.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", ...nearlyFull },
    podLogsDir: path.join(stateDir, "pod-logs"),
  },
  { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration", mode: "nftables" },
];

/** Creates a new cluster. */
export async function init(report: (line: string) => void): Promise<void> {
  fs.writeFileSync(configFile, documents.map((document) => JSON.stringify(document)).join("\n---\n"));
  // Nothing listens there: external names fail immediately instead of reaching the machine's own resolver.
  fs.writeFileSync(resolvConf, `nameserver ${network.nodeAddress}\n`);
  const kubelet = await program("kubernetes", "kubelet");
  const args = ["init", "--config", configFile, "--skip-phases=preflight", "--skip-token-print"];
  const initialised = run(await program("kubernetes", "kubeadm"), args, { timeoutMs: 180_000, onLine: report });
  // Without systemd kubeadm cannot start the kubelet: it writes the kubelet's files and then waits for it.
  const files = ["config.yaml", "kubeadm-flags.env"].map((name) => path.join(kubeletDir, name));
  const written = waitFor(() => files.every((file) => fs.existsSync(file)), {
    what: "kubeadm to write the kubelet's configuration",
    timeoutMs: 120_000,
  });
  const started = written.then(() => {
    startKubelet(kubelet);
  });
  await Promise.all([initialised, started]);
  fs.copyFileSync(path.join(kubernetesDir, "admin.conf"), kubeconfig);
  fs.chmodSync(kubeconfig, 0o600);
}

/** Resets the node: stops all pods and removes kubeadm's and the kubelet's files. */
export async function reset(): Promise<void> {
  fs.rmSync(kubeconfig, { force: true });
  const args = ["reset", "--force", `--cri-socket=unix://${containerdSocket}`, "--cleanup-tmp-dir"];
  await run(await program("kubernetes", "kubeadm"), args, { timeoutMs: 120_000 });
}
