import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { kill } from "./processes";

export interface ExecOptions {
  cwd?: string;
  /** The whole environment of the command. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** For standard input. Default: nothing. */
  input?: string;
  /** Timeout, after which the command and its children are killed. Default: ten minutes. */
  timeoutMs?: number;
  /** Called for each line of output while the command runs. */
  onLine?: (line: string) => void;
  /** Ends the command and its children when it is aborted. */
  signal?: AbortSignal;
  /** True: the output goes where this process's goes, and is not collected. */
  inherit?: boolean;
}

/** How a command ended. A failure is an answer here: no exit code throws. */
export interface ExecResult {
  command: string;
  /** -1 where the time limit or a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** stdout and stderr in the order in which they came. */
  output: string;
  elapsedMs: number;
  /** Set where the command was ended by its time limit: the limit. */
  exceededMs?: number;
}

/** Lines of output that an error message carries. */
const TAIL_LINES = 40;

/** Ends each process that still runs. One hook for all: more than ten listeners would look like a leak to Node.js. */
const running = new Set<() => void>();
process.once("exit", () => {
  for (const stop of running) stop();
});

/** Runs a command to its end, or to its time limit. @throws Error where it cannot be started */
export async function exec(command: string, args: string[], options: ExecOptions = {}): Promise<ExecResult> {
  const { cwd, env = process.env, input = "", timeoutMs = 600_000, onLine, signal, inherit = false } = options;
  const start = Date.now();
  // A process group of its own, so that the time limit also reaches what the command started.
  const stdio = inherit ? (["ignore", "inherit", "inherit"] as const) : (["pipe", "pipe", "pipe"] as const);
  const child = spawn(command, args, { cwd, env, stdio: [...stdio], detached: true });
  const result: ExecResult = {
    command: [command, ...args].join(" "),
    exitCode: -1,
    stdout: "",
    stderr: "",
    output: "",
    elapsedMs: 0,
  };
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      result[name] += chunk;
      result.output += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
  }
  child.stdin?.on("error", () => undefined).end(input); // a command that does not read its input is no failure
  const stop = () => {
    if (child.pid) kill(-child.pid);
  };
  const timer = setTimeout(() => {
    result.exceededMs = timeoutMs;
    stop();
  }, timeoutMs);
  running.add(stop);
  signal?.addEventListener("abort", stop);
  try {
    const closed = new Promise((resolve) => child.once("close", resolve));
    result.exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("exit", (code) => {
        resolve(code ?? -1);
      });
    });
    // The pipes close with the last process that holds them; one left behind must not hold up the result.
    await Promise.race([closed, delay(1_000, undefined, { ref: false })]);
    return { ...result, elapsedMs: Date.now() - start };
  } finally {
    clearTimeout(timer);
    running.delete(stop);
    signal?.removeEventListener("abort", stop);
  }
}

/** @throws Error with the command, how it ended and the end of its output, unless the command succeeded */
export function succeeded(result: ExecResult): ExecResult {
  const { command, exitCode, output, exceededMs } = result;
  if (exitCode === 0) return result;
  const ended = exitCode === -1 ? "was ended by a signal" : `ended with ${exitCode}`;
  const how = exceededMs === undefined ? ended : `did not end within ${exceededMs / 1000} s`;
  throw new Error(`${command} ${how}\n${output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n")}`);
}

/** Runs a command that must succeed. @returns what it wrote to stdout */
export async function run(command: string, args: string[], options?: ExecOptions): Promise<string> {
  return succeeded(await exec(command, args, options)).stdout;
}

/** Runs a command whose failure is an answer, not an error. */
export function succeeds(command: string, args: string[]): Promise<boolean> {
  return exec(command, args).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}

/** Starts a process that outlives this one; its output goes to `logFile`. @returns its id */
export function startDaemon(command: string, args: string[], logFile: string): number {
  const log = fs.openSync(logFile, "a");
  const child = spawn(command, args, { detached: true, stdio: ["ignore", log, log] });
  fs.closeSync(log);
  child.once("error", () => undefined); // the caller sees it: what it waits for does not come
  child.unref();
  if (!child.pid) throw new Error(`${command} could not be started; see ${logFile}`);
  return child.pid;
}
