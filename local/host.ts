import * as fs from "node:fs";

import type { Step } from "../shared/steps";
import { waitFor } from "../shared/wait";
import { addons, apply, prepareChart, ready } from "./addons";
import { program } from "./build";
import { addHostNames, removeHostNames } from "./hosts-file";
import { importImages } from "./images";
import { init, reset } from "./kubeadm";
import { kubectl } from "./kubectl";
import { setUpNetwork, tearDownNetwork } from "./network";
import * as processes from "./processes";
import { prepareBackend } from "./pulumi-backend";
import {
  chartDir,
  clusterDirs,
  kubeconfig,
  logDir,
  network,
  overlayFile,
  runDir,
  stateDir,
  versions,
} from "./settings";

/** Written last: a host without it is incomplete, and is created again. */
const completeMarker = `${stateDir}/complete`;

export const NOT_UP = "The local host is not up. Fix: `make up` starts it.";

/** Whether the host's API answers. */
export async function isUp(): Promise<boolean> {
  return fs.existsSync(kubeconfig) && processes.isRunning("kubelet") && (await answers());
}

/** Whether the API server is ready and reachable through kube-proxy. */
async function answers(): Promise<boolean> {
  const args = ["--server", `https://${network.apiService}`, "get", "--raw", "/readyz", "--request-timeout=5s"];
  return (await kubectl(args, { timeoutMs: 10_000 }).catch(() => "")) === "ok";
}

/**
 * Steps from any state that an earlier run left to a host that is ready. A host whose processes have ended is restarted
 * with its objects; one that is incomplete, or fails to restart, is created again.
 */
export function upSteps(): Step[] {
  return [
    {
      title: "network and container runtime",
      run: async () => {
        for (const dir of [stateDir, logDir, runDir]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
        await setUpNetwork();
        await processes.startContainerd();
      },
    },
    { title: "images", run: importImages },
    { title: "Kubernetes", run: startKubernetes },
    { title: "virtual cluster chart", run: () => prepareChart(versions.vcluster) },
    {
      title: "add-ons",
      run: async (report) => {
        for (const addon of addons) {
          report(addon.title);
          await apply(addon);
        }
      },
    },
    ...addons.map((addon) => ({ title: addon.title, run: () => ready(addon) })),
    {
      title: "configuration overlay, Pulumi backend and host names",
      run: async () => {
        writeOverlay();
        await prepareBackend();
        addHostNames();
        fs.writeFileSync(completeMarker, new Date().toISOString());
      },
    },
  ];
}

/** Steps that add built versions of vCluster to a host that is up. */
export function vclusterSteps(added: readonly string[]): Step[] {
  return [
    ...added.map((version) => ({ title: `chart ${version}`, run: () => prepareChart(version) })),
    { title: "images", run: importImages },
  ];
}

async function startKubernetes(report: (line: string) => void): Promise<void> {
  if (await isUp()) return;
  if (fs.existsSync(completeMarker) && fs.existsSync(kubeconfig)) {
    report("restarting the existing host, with its objects");
    await processes.stop("kubelet");
    processes.startKubelet(await program("kubernetes", "kubelet"));
    if (await waitFor(answers, { what: "the API server", timeoutMs: 120_000 }).catch(() => false)) return;
    report("it does not restart; creating a new one");
  }
  await clear(report);
  await processes.startContainerd();
  await init(report);
  await waitFor(answers, { what: "the API server", timeoutMs: 60_000 });
}

/** Removes the cluster; keeps container runtime, images and network. */
async function clear(report: (line: string) => void): Promise<void> {
  for (const file of [completeMarker, kubeconfig]) fs.rmSync(file, { force: true });
  await processes.stop("kubelet");
  report("removing the remains of an earlier run");
  // kubeadm stops pods through the runtime; what it cannot stop is killed below.
  await reset().catch((error: unknown) => {
    report(String(error));
  });
  await stopContainers();
  for (const dir of clusterDirs) fs.rmSync(dir, { recursive: true, force: true });
}

async function stopContainers(): Promise<void> {
  await processes.stop("containerd");
  await processes.killContainers();
  await processes.unmountAll();
}

/** Removes the host and everything on it: processes, mounts, devices, rules, files. Keeps build results. */
export function downSteps(): Step[] {
  return [
    { title: "pods", run: clear },
    {
      title: "processes and mounts",
      run: async () => {
        await stopContainers();
        processes.removeCgroups();
      },
    },
    {
      title: "network",
      run: async () => {
        removeHostNames();
        await tearDownNetwork();
      },
    },
    {
      title: "files",
      run: () => {
        for (const dir of [runDir, stateDir]) fs.rmSync(dir, { recursive: true, force: true });
      },
    },
  ];
}

/**
 * Writes the configuration that environments need on this host only: the chart and the Kubernetes image that were built
 * here, and requests with which several environments fit on two cores.
 */
function writeOverlay(): void {
  const overlay = {
    chart: { path: chartDir },
    kubernetesVersion: versions.kubernetes,
    controlPlane: { requests: { cpu: "100m", memory: "512Mi" } },
  };
  fs.writeFileSync(overlayFile, JSON.stringify(overlay, undefined, 2));
}
