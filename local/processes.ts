import * as fs from "node:fs";
import * as path from "node:path";

import { startDaemon, succeeds } from "../shared/exec";
import { kill, pids, readOrEmpty, statOf } from "../shared/processes";
import { waitFor } from "../shared/wait";
import { pauseImage } from "./images";
import { cniConfigDir } from "./network";
import { containerdSocket, kubeletDir, kubernetesDir, logDir, runDir, stateDir } from "./settings";

/**
 * The two programs that run on the machine itself; all others are containers. There may be no systemd, so the driver
 * starts them and recognizes them by process id and start time.
 */
type Daemon = "containerd" | "kubelet";

const containerdConfigFile = path.join(stateDir, "containerd.toml");
const containerdConfig = `
version = 2
root = "${stateDir}/containerd"
state = "${runDir}/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE runc cannot lower a score and fails with a misleading message.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      Root = "${runDir}/runc"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniConfigDir}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${stateDir}/registries"
`;

/**
 * Keeps containerd from contacting registries: the port is closed, so a pull fails immediately and names the image.
 * Without a `host` table containerd 1.6 considers the file invalid and falls back to the real registry.
 */
const noRegistry = `server = "http://127.0.0.1:1"\n[host."http://127.0.0.1:1"]\n`;

/** Starts containerd unless it is running, and waits until it answers. */
export async function startContainerd(): Promise<void> {
  const registries = path.join(stateDir, "registries", "_default");
  fs.mkdirSync(registries, { recursive: true });
  fs.writeFileSync(containerdConfigFile, containerdConfig);
  fs.writeFileSync(path.join(registries, "hosts.toml"), noRegistry);
  start("containerd", "containerd", ["--config", containerdConfigFile]);
  await waitFor(() => succeeds("ctr", ["--address", containerdSocket, "version"]), {
    what: `containerd (log: ${logOf("containerd")})`,
    timeoutMs: 30_000,
  });
}

/** Starts the kubelet unless it is running. Requires the files of `kubeadm init`. */
export function startKubelet(program: string): void {
  // kubeadm writes flags for a systemd unit: one line, KUBELET_KUBEADM_ARGS="--a=b --c=d".
  const flags = /"(.*)"/.exec(fs.readFileSync(path.join(kubeletDir, "kubeadm-flags.env"), "utf8"))?.[1] ?? "";
  const args = [
    `--bootstrap-kubeconfig=${kubernetesDir}/bootstrap-kubelet.conf`,
    `--kubeconfig=${kubernetesDir}/kubelet.conf`,
    `--config=${kubeletDir}/config.yaml`,
    ...flags.split(" ").filter(Boolean),
  ];
  start("kubelet", program, args);
}

function start(daemon: Daemon, program: string, args: string[]): void {
  if (isRunning(daemon)) return;
  const pid = startDaemon(program, args, logOf(daemon));
  fs.writeFileSync(pidFile(daemon), JSON.stringify({ pid, startTime: startTime(pid) ?? "" }));
}

/** Whether the process that was started under this name is still alive. */
export function isRunning(daemon: Daemon): boolean {
  const known = readPid(daemon);
  return known !== undefined && startTime(known.pid) === known.startTime;
}

/** Stops a process that the driver started, if it is still alive. */
export async function stop(daemon: Daemon): Promise<void> {
  const known = readPid(daemon);
  if (known && isRunning(daemon)) {
    process.kill(known.pid, "SIGTERM");
    await waitFor(() => !isRunning(daemon), { what: `the end of ${daemon}`, timeoutMs: 20_000 }).catch(() => {
      kill(known.pid);
    });
  }
  fs.rmSync(pidFile(daemon), { force: true });
}

/**
 * Kills the remains of the host's containers: shims of our containerd, found by its socket in their command line, and
 * processes in the cgroups of our pods.
 */
export async function killContainers(): Promise<void> {
  const ended = () => {
    const left = containerProcesses();
    kill(...left);
    return left.length === 0;
  };
  await waitFor(ended, { what: "the end of the host's containers", timeoutMs: 30_000 });
}

/** Unmounts everything below the host's directories, deepest first. */
export async function unmountAll(): Promise<void> {
  // A lazy unmount can include others, and a directory can be a mount point twice: list them again.
  const unmounted = async () => {
    for (const target of hostMounts().reverse()) await succeeds("umount", ["--lazy", target]);
    return hostMounts().length === 0;
  };
  await waitFor(unmounted, { what: "the host's mounts to go", timeoutMs: 20_000 });
}

/** Mount points of the host, in the order in which they were mounted. */
function hostMounts(): string[] {
  const lines = fs.readFileSync("/proc/self/mounts", "utf8").split("\n");
  const targets = lines.map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "));
  return targets.filter((target) => [stateDir, runDir, kubeletDir].some((dir) => `${target}/`.startsWith(`${dir}/`)));
}

/** Removes the pods' cgroups, on one unified hierarchy or on many. */
export function removeCgroups(): void {
  const root = "/sys/fs/cgroup";
  for (const hierarchy of ["", ...fs.readdirSync(root)]) removeTree(path.join(root, hierarchy, "kubepods"));
}

/**
 * Whether containers of the host are running, even orphaned ones, which still hold the ports and the memory that a new
 * host needs.
 */
export function hasContainers(): boolean {
  return fs.existsSync(containerdConfigFile) && containerProcesses().length > 0;
}

function containerProcesses(): number[] {
  return pids().filter((pid) => {
    const commandLine = readOrEmpty(`/proc/${pid}/cmdline`);
    if (commandLine.includes("containerd-shim") && commandLine.includes(containerdSocket)) return true;
    return /:\/(.*\/)?kubepods\//.test(readOrEmpty(`/proc/${pid}/cgroup`));
  });
}

/** Files in cgroup directories cannot be unlinked: removes only the directories, deepest first. */
function removeTree(dir: string): void {
  if (!fs.existsSync(dir)) return;
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(path.join(dir, entry.name));
  }
  try {
    fs.rmdirSync(dir);
  } catch {
    // a process in it has not exited yet; the next start reuses it
  }
}

const logOf = (daemon: Daemon) => path.join(logDir, `${daemon}.log`);
const pidFile = (daemon: Daemon) => path.join(runDir, `${daemon}.json`);

function readPid(daemon: Daemon): { pid: number; startTime: string } | undefined {
  const text = readOrEmpty(pidFile(daemon));
  return text ? (JSON.parse(text) as { pid: number; startTime: string }) : undefined;
}

/** Field 22 of /proc/<pid>/stat: a process id is used again, its start time is not. Undefined for a zombie. */
function startTime(pid: number): string | undefined {
  const fields = statOf(pid);
  return fields[0] === "Z" ? undefined : fields[19];
}
