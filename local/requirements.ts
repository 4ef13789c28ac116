import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";

import { exec, run, succeeds } from "../shared/exec";
import { availableMemory } from "../shared/processes";
import { cacheDir, ingressPorts, kubernetesDir, stateDir } from "./settings";

/** A requirement that is not met, and how to fix it. */
export interface Finding {
  problem: string;
  fix: string;
}

/** Debian packages that the host, the builds and the linters need. */
const packages = [
  ...["busybox", "conntrack", "containerd", "containernetworking-plugins", "ethtool", "gcc", "git", "iproute2"],
  ...["ipset", "iptables", "libc6-dev", "netbase", "nftables", "redis-tools", "runc", "shellcheck", "socat"],
];

const GIB = 2 ** 30;
/** The host with both environments at their local size used 3 GiB; the rest is for their workloads. */
const memoryGiB = 6;
/** Sources, compiler cache and programs of a cold build. */
const coldDiskGiB = 15;
/** Images and volumes. */
const stateDiskGiB = 6;

/** Checks the requirements before anything is changed. @returns those that are not met */
export async function preflight({ hostRuns, cold }: { hostRuns: boolean; cold: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  const refuse = (unmet: boolean, problem: string, fix: string) => {
    if (unmet) findings.push({ problem, fix });
  };
  refuse(
    process.getuid?.() !== 0,
    `user ${os.userInfo().username} is not root; containers, network and mounts of the host need root`,
    "run the same command as root, or set KUBECONFIG to an existing cluster",
  );
  refuse(
    !(await succeeds("go", ["version"])),
    "the command `go` is not on PATH; the host is built from source",
    "install Go 1.26 or newer and put its bin directory on PATH",
  );
  const missing = fs.existsSync("/usr/bin/apt-get") ? [] : await missingPackages();
  refuse(
    missing.length > 0,
    "this is not Debian (no apt-get), and packages that the host requires are missing",
    `install the equivalents of the Debian packages ${missing.join(" ")}`,
  );
  if (hostRuns) return findings;

  for (const port of ingressPorts) {
    const owner = await portOwner(port);
    refuse(
      owner !== undefined,
      `port 127.0.0.1:${port} is in use${owner ?? ""}; the ingress controller of the host needs it`,
      `stop the process that listens there (ss -ltnp 'sport = :${port}' shows it)`,
    );
  }
  const available = availableMemory() / GIB;
  refuse(
    available < memoryGiB,
    `${available.toFixed(1)} GiB of memory are available; the host and two environments need ${memoryGiB} GiB`,
    "stop other programs, or use a larger machine",
  );
  for (const [dir, needed] of [
    [cacheDir, cold ? coldDiskGiB : 0],
    [stateDir, stateDiskGiB],
  ] as const) {
    const { bavail, bsize } = fs.statfsSync(nearestExisting(dir));
    const free = (bavail * bsize) / GIB;
    refuse(
      free < needed,
      `${free.toFixed(1)} GiB are free for ${dir}; ${needed} GiB are needed there`,
      "free disk space (go clean -cache removes the compiler's cache), or set XDG_CACHE_HOME to a larger disk",
    );
  }
  const manifests = `${kubernetesDir}/manifests`;
  refuse(
    !fs.existsSync(stateDir) && fs.existsSync(manifests) && fs.readdirSync(manifests).length > 0,
    `${manifests} holds another Kubernetes node's control plane`,
    "use that cluster (export KUBECONFIG=...), or remove it (kubeadm reset)",
  );
  return findings;
}

/** Debian packages that are not installed. */
export async function missingPackages(): Promise<string[]> {
  // Fails where it does not know a package, and where this is not Debian.
  const listing = await exec("dpkg-query", ["-W", "-f=${Package}: ${Status}\\n", ...packages]).catch(() => undefined);
  const installed = (name: string) => new RegExp(`^${name}: .* installed$`, "m").test(listing?.stdout ?? "");
  return packages.filter((name) => !installed(name));
}

/** Installs missing Debian packages. */
export async function installPackages(names: string[], report: (line: string) => void): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env, onLine: report });
  await run("apt-get", ["install", "--yes", "--no-install-recommends", ...names], { env, onLine: report });
}

/** Undefined when the port is free; otherwise a phrase with the process that uses it, empty where it cannot be seen. */
async function portOwner(port: number): Promise<string | undefined> {
  const server = net.createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return undefined;
  } catch (error) {
    // A missing permission is not a port in use; it is reported as the missing root.
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return undefined;
  } finally {
    server.close();
  }
  const listing = await run("ss", ["-Hltnp", `sport = :${port}`]).catch(() => "");
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(listing) ?? [];
  return name && pid ? ` by ${name} (process ${pid})` : "";
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
