import { pids, readOrEmpty, statOf } from "../../shared/processes";

/** Ids of all processes that a process started, and that they started. */
export function descendants(pid: number): number[] {
  const children = pids().filter((other) => Number(statOf(other)[1]) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Ids of the processes whose command line or cgroup contains a text. This process is never among them. */
export function processesMatching(pattern: { commandLine: string } | { cgroup: string }): number[] {
  const [file, text] = "cgroup" in pattern ? ["cgroup", pattern.cgroup] : ["cmdline", pattern.commandLine];
  return pids().filter((pid) => pid !== process.pid && readOrEmpty(`/proc/${pid}/${file}`).includes(text));
}

/**
 * Notes down, fifty times a second until it is stopped, the command lines of all processes of the machine, and the
 * environments of Pulumi, its plugins and all of Node.js.
 */
export class CommandLines {
  private readonly lines = new Set<string>();
  private readonly variables = new Set<string>();
  private readonly timer = setInterval(() => {
    for (const pid of pids()) {
      const line = readOrEmpty(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      this.lines.add(line);
      if (!/^(\S*\/)?(node|pulumi)/.test(line)) continue;
      for (const variable of readOrEmpty(`/proc/${pid}/environ`).split("\0")) this.variables.add(variable);
    }
  }, 20);

  stop(): void {
    clearInterval(this.timer);
  }

  get text(): string {
    return [...this.lines].join("\n");
  }

  get environment(): string {
    return [...this.variables].join("\n");
  }
}
