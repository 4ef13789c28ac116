import * as fs from "node:fs";

import { exec, succeeded } from "../../shared/exec";
import { processesMatching } from "./processes";

/**
 * What a host can leave on a machine, without what changes by itself (process ids, counters, addresses that the
 * network hands out): two of these are equal when nothing was left.
 */
export async function machineState(): Promise<Record<string, string[]>> {
  const lines = async (command: string, ...args: string[]) =>
    succeeded(await exec(command, args, { timeoutMs: 30_000 }))
      .stdout.split("\n")
      .filter(Boolean)
      .sort();
  return {
    processes: [
      ...processesMatching({ commandLine: "vcluster-environments/" }),
      ...processesMatching({ cgroup: "/kubepods" }),
    ].map((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")),
    mounts: fs
      .readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ").slice(0, 3).join(" "))
      .sort(),
    links: (await lines("ip", "-brief", "link")).map((line) => line.split(/\s+/)[0] ?? ""),
    routes: await lines("ip", "route", "show", "table", "all"),
    namespaces: await lines("ip", "netns", "list"),
    rules: await lines("nft", "--stateless", "list", "ruleset"),
    sets: await lines("ipset", "list", "-n"),
    cgroups: fs
      .readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith("kubepods"))
      .sort(),
    forwarding: [fs.readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8")],
    hostNames: fs.readFileSync("/etc/hosts", "utf8").split("\n"),
    directories: ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/vcluster-environments", "/run/vcluster-environments"]
      .filter((dir) => fs.existsSync(dir))
      .sort(),
  };
}
