import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";

import { run, succeeds } from "../shared/exec";
import { cacheDir, ingressPorts, kubernetesDir, stateDir } from "./settings";

/** A requirement that is not met, and how to fix it. */
export interface Finding {
  problem: string;
  fix: string;
}

/** Debian packages that the host, the builds and the linters need. */
const packages = [
  "busybox",
  "conntrack",
  "containerd",
  "containernetworking-plugins",
  "ethtool",
  "gcc",
  "git",
  "iproute2",
  "ipset",
  "iptables",
  "libc6-dev",
  "netbase",
  "nftables",
  "redis-tools",
  "runc",
  "shellcheck",
  "socat",
];

/** The host with both environments at their local size used 3 GiB; the rest is for their workloads. */
const memoryGiB = 6;
/** Sources, compiler cache and programs of a cold build. */
const coldDiskGiB = 35;
/** Images and volumes. */
const stateDiskGiB = 6;

/** Checks the requirements before anything is changed. @returns those that are not met */
export async function preflight(options: { hostRuns: boolean; cold: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (process.getuid?.() !== 0) {
    findings.push({
      problem: `user ${os.userInfo().username} is not root; containers, network and mounts of the host need root`,
      fix: "run the same command as root, or set KUBECONFIG to an existing cluster",
    });
  }
  if (!(await succeeds("go", ["version"]))) {
    findings.push({
      problem: "the command `go` is not on PATH; the host is built from source",
      fix: "install Go 1.26 or newer and put its bin directory on PATH",
    });
  }
  if (!fs.existsSync("/usr/bin/apt-get") && (await missingPackages()).length > 0) {
    findings.push({
      problem: "this is not Debian (no apt-get), and packages that the host requires are missing",
      fix: `install the equivalents of the Debian packages ${(await missingPackages()).join(" ")}`,
    });
  }
  if (!options.hostRuns) findings.push(...(await machineFindings(options.cold)));
  return findings;
}

async function machineFindings(cold: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const port of ingressPorts) {
    const owner = await portOwner(port);
    if (owner === undefined) continue;
    findings.push({
      problem: `port 127.0.0.1:${port} is in use${owner}; the ingress controller of the host needs it`,
      fix: `stop the process that listens there (ss -ltnp 'sport = :${port}' shows it)`,
    });
  }
  const available = availableMemoryGiB();
  if (available < memoryGiB) {
    findings.push({
      problem: `${available.toFixed(1)} GiB of memory are available; the host and two environments need ${memoryGiB} GiB`,
      fix: "stop other programs, or use a larger machine",
    });
  }
  findings.push(...diskFindings(cold));
  const manifests = `${kubernetesDir}/manifests`;
  if (!fs.existsSync(stateDir) && fs.existsSync(manifests) && fs.readdirSync(manifests).length > 0) {
    findings.push({
      problem: `${manifests} holds another Kubernetes node's control plane`,
      fix: "use that cluster (export KUBECONFIG=...), or remove it (kubeadm reset)",
    });
  }
  return findings;
}

function diskFindings(cold: boolean): Finding[] {
  const findings: Finding[] = [];
  const needs: [string, number][] = [
    [cacheDir, cold ? coldDiskGiB : 0],
    [stateDir, stateDiskGiB],
  ];
  for (const [dir, needed] of needs) {
    const { bavail, bsize } = fs.statfsSync(nearestExisting(dir));
    const free = (bavail * bsize) / 2 ** 30;
    if (free < needed) {
      findings.push({
        problem: `${free.toFixed(1)} GiB are free for ${dir}; ${needed} GiB are needed there`,
        fix: "free disk space (go clean -cache removes the compiler's cache), or set XDG_CACHE_HOME to a larger disk",
      });
    }
  }
  return findings;
}

/** Debian packages that are not installed. */
export async function missingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const name of packages) {
    const status = await run("dpkg-query", ["-W", "-f=${Status}", name]).catch(() => "");
    if (!status.endsWith(" installed")) missing.push(name);
  }
  return missing;
}

/** Installs missing Debian packages. */
export async function installPackages(names: string[], report: (line: string) => void): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env, onLine: report });
  await run("apt-get", ["install", "--yes", "--no-install-recommends", ...names], { env, onLine: report });
}

/** Undefined when the port is free; otherwise a phrase with the process that uses it, empty where it cannot be seen. */
async function portOwner(port: number): Promise<string | undefined> {
  const busy = await new Promise<boolean>((resolve) => {
    const server = net.createServer();
    // A missing permission is not a port in use; it is reported as the missing root.
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "EADDRINUSE");
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(false);
      });
    });
  });
  if (!busy) return undefined;
  const listing = await run("ss", ["-Hltnp", `sport = :${port}`]).catch(() => "");
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(listing) ?? [];
  return name && pid ? ` by ${name} (process ${pid})` : "";
}

function availableMemoryGiB(): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(fs.readFileSync("/proc/meminfo", "utf8"));
  return Number(match?.[1] ?? 0) / 2 ** 20;
}

function nearestExisting(dir: string): string {
  return fs.existsSync(dir) ? dir : nearestExisting(dir.slice(0, dir.lastIndexOf("/")) || "/");
}

/** One message for all unmet requirements. */
export function describe(findings: Finding[]): string {
  return [
    `${findings.length === 1 ? "1 requirement is" : `${findings.length} requirements are`} not met; nothing was changed:`,
    ...findings.map(({ problem, fix }) => `  - ${problem}\n    fix: ${fix}`),
  ].join("\n");
}
