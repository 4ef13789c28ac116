import * as fs from "node:fs";

import { pids, readOrEmpty, statOf } from "../shared/processes";

const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;
const EVERY_MS = 50;
export const MIB = 2 ** 20;

/** Runs `work`, and gives the largest resident memory that all processes which this one started had together, in MiB. */
export async function peakMemory<T>(work: () => Promise<T>): Promise<{ result: T; mebibytes: number }> {
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentBytes(started(process.pid)));
  }, EVERY_MS);
  try {
    const result = await work();
    return { result, mebibytes: peak / MIB };
  } finally {
    clearInterval(sampling);
  }
}

/** Processes that a process has started, and that they have: by the kernel's own list, which costs next to nothing. */
function started(pid: number): number[] {
  const tasks = list(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readOrEmpty(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean),
  );
  return children.map(Number).flatMap((child) => [child, ...started(child)]);
}

function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(readOrEmpty(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_BYTES, 0);
}

/** One process of a pod. */
export interface PodProcess {
  readonly name: string;
  /** Its share of the memory that is mapped, pages of files included, in MiB. */
  readonly proportional: number;
  /** Memory that is its alone and cannot be dropped, in MiB. */
  readonly anonymous: number;
  /** Processor time since its start, in seconds. */
  readonly cpu: number;
}

/** The processes of a pod on this machine, by the cgroup that carries the pod's uid. */
export function podProcesses(uid: string): PodProcess[] {
  return pids()
    .filter((pid) => readOrEmpty(`/proc/${pid}/cgroup`).includes(uid))
    .map((pid) => {
      const memory = readOrEmpty(`/proc/${pid}/smaps_rollup`);
      const mebibytes = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB`, "m").exec(memory)?.[1] ?? 0) / 1024;
      const times = statOf(pid);
      return {
        name: programOf(readOrEmpty(`/proc/${pid}/cmdline`)),
        proportional: mebibytes("Pss"),
        anonymous: mebibytes("Pss_Anon"),
        cpu: (Number(times[11] ?? 0) + Number(times[12] ?? 0)) / TICKS_PER_SECOND,
      };
    });
}

function programOf(commandLine: string): string {
  return commandLine.split("\0")[0]?.split("/").at(-1) ?? "";
}

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
