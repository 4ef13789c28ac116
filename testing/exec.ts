import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

export interface ExecOptions {
  cwd?: string;
  /** The whole environment of the command. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** For standard input. Default: nothing. */
  input?: string;
  /** After so many milliseconds the command, and all that it started, is ended; its exit code is then -1. */
  timeoutMs: number;
}

/** How a command ended. A failure is an answer here: no exit code throws. */
export interface ExecResult {
  command: string;
  exitCode: number;
  stdout: string;
  /** stdout and stderr in the order in which they came. */
  output: string;
  elapsedMs: number;
}

/** Runs a command to its end, or to its time limit. */
export async function exec(command: string, args: string[], options: ExecOptions): Promise<ExecResult> {
  const start = Date.now();
  // A process group of its own, so that the time limit also reaches what the command started.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  child.stdin.on("error", () => undefined); // a command that does not read its input is no failure
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const stop = () => {
    if (child.pid) killGroup(child.pid);
  };
  const timer = setTimeout(stop, options.timeoutMs);
  process.once("exit", stop);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => {
        resolve(code ?? -1);
      });
    });
    // The pipes close with the last process that holds them; one left behind must not hold up the result.
    await Promise.race([closed, delay(1_000, undefined, { ref: false })]);
    return { command: [command, ...args].join(" "), exitCode, stdout, output, elapsedMs: Date.now() - start };
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", stop);
  }
}

/** @throws Error with the command, how it ended and the end of its output, unless the command succeeded. */
export function succeeded(result: ExecResult): ExecResult {
  if (result.exitCode === 0) return result;
  const how = result.exitCode === -1 ? "was ended by its time limit or a signal" : `ended with ${result.exitCode}`;
  const tail = result.output.trimEnd().split("\n").slice(-60).join("\n");
  throw new Error(`${result.command} ${how} after ${Math.round(result.elapsedMs / 1000)} s:\n${tail}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it ended meanwhile
  }
}
