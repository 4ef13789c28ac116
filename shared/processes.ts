import * as fs from "node:fs";

/** Ids of all processes of this machine. */
export function pids(): number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Fields of `/proc/<pid>/stat` after the program's name: the first is the state, the second the parent. */
export function statOf(pid: number | string): string[] {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Kills processes at once, or with negative ids process groups. Those that ended meanwhile are no error. */
export function kill(...pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended meanwhile
    }
  }
}

/** Content of a file; empty where it cannot be read, as those of a process that ended meanwhile. */
export function readOrEmpty(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Memory that programs can still get, in bytes. */
export function availableMemory(): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readOrEmpty("/proc/meminfo"))?.[1] ?? 0) * 1024;
}
