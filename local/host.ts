import * as fs from "node:fs";

import { waitFor } from "../shared/exec";
import type { Step } from "../shared/steps";
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
  kubeconfig,
  kubeletDir,
  kubernetesDir,
  logDir,
  network,
  overlayFile,
  runDir,
  stateDir,
  versions,
} from "./settings";

/** Written last: a host without it is incomplete, and is created again. */
const completeMarker = `${stateDir}/complete`;

/** Whether the host's API answers. */
export async function isUp(): Promise<boolean> {
  return fs.existsSync(kubeconfig) && processes.isRunning("kubelet") && (await answers());
}

/** Whether the API server is ready and reachable through kube-proxy. */
async function answers(): Promise<boolean> {
  const address = `https://${network.apiService}`;
  const args = ["--server", address, "get", "--raw", "/readyz", "--request-timeout=5s"];
  return kubectl(args, { timeoutMs: 10_000 }).then(
    (answer) => answer === "ok",
    () => false,
  );
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
    { title: "virtual cluster chart", run: prepareChart },
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

async function startKubernetes(report: (line: string) => void): Promise<void> {
  if (await isUp()) return;
  if (fs.existsSync(completeMarker) && fs.existsSync(kubeconfig)) {
    report("restarting the existing host, with its objects");
    await processes.stop("kubelet");
    processes.startKubelet(await program("kubernetes", "kubelet"));
    const back = await waitFor("the API server", 120_000, async () => ((await answers()) ? true : undefined)).then(
      () => true,
      () => false,
    );
    if (back) return;
    report("it does not restart; creating a new one");
  }
  await clear(report);
  await processes.startContainerd();
  await init(report);
  await waitFor("the API server", 60_000, async () => ((await answers()) ? true : undefined));
}

/** Removes the cluster; keeps container runtime, images and network. */
async function clear(report: (line: string) => void): Promise<void> {
  fs.rmSync(completeMarker, { force: true });
  fs.rmSync(kubeconfig, { force: true });
  await processes.stop("kubelet");
  report("removing the remains of an earlier run");
  // kubeadm stops pods through the runtime; what it cannot stop is killed below.
  await reset().catch((error: unknown) => {
    report(String(error));
  });
  await processes.stop("containerd");
  await processes.killContainers();
  await processes.unmountAll();
  for (const dir of [`${stateDir}/etcd`, `${stateDir}/volumes`, `${stateDir}/pulumi`, kubernetesDir, kubeletDir]) {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** Removes the host and everything on it: processes, mounts, devices, rules, files. Keeps build results. */
export function downSteps(): Step[] {
  return [
    { title: "pods", run: clear },
    {
      title: "processes and mounts",
      run: async () => {
        await processes.stop("containerd");
        await processes.killContainers();
        await processes.unmountAll();
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
