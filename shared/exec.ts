import { spawn, type SpawnOptions } from "node:child_process";
import * as fs from "node:fs";

export interface RunOptions {
  cwd?: string;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  input?: string;
  /** Ends the command, and all that it started, after so many milliseconds. Default: ten minutes. */
  timeoutMs?: number;
  /** Called for each line of output while the command runs. */
  onLine?: (line: string) => void;
}

/** Lines of output that an error message carries. */
const tailLines = 25;

/**
 * Runs a command to its end and returns what it wrote to stdout.
 *
 * @throws Error with the command, its exit code and the last lines of its output.
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const timeoutMs = options.timeoutMs ?? 600_000;
  // A process group of its own, so that a time limit also ends what the command started.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const stdout: string[] = [];
  const tail: string[] = [];
  const collect = (stream: NodeJS.ReadableStream, keep?: string[]) => {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      keep?.push(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        tail.push(line);
        if (tail.length > tailLines) tail.shift();
        options.onLine?.(line);
      }
    });
    stream.on("end", () => {
      if (rest) tail.push(rest);
    });
  };
  collect(child.stdout, stdout);
  collect(child.stderr);
  child.stdin.on("error", () => undefined); // a command that does not read its input is no failure
  child.stdin.end(options.input ?? "");

  const limit = { reached: false };
  const timer = setTimeout(() => {
    limit.reached = true;
    if (child.pid) killGroup(child.pid);
  }, timeoutMs);
  const stop = () => {
    if (child.pid) killGroup(child.pid);
  };
  process.once("exit", stop);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => {
        resolve(exitCode ?? signal ?? "unknown");
      });
    });
    if (code !== 0) {
      const why = limit.reached ? `did not end within ${timeoutMs / 1000} s` : `ended with ${code}`;
      throw new Error(`${[command, ...args].join(" ")} ${why}\n${tail.join("\n")}`);
    }
    return stdout.join("");
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", stop);
  }
}

/** Runs a command whose failure is an answer, not an error. */
export async function succeeds(command: string, args: string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch {
    return false;
  }
}

/** Starts a process that outlives this one; its output goes to `logFile`. Returns its id. */
export function startDaemon(command: string, args: string[], logFile: string, options: SpawnOptions = {}): number {
  const log = fs.openSync(logFile, "a");
  try {
    const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", log, log] });
    child.once("error", () => undefined); // the caller sees it: what it waits for does not come
    child.unref();
    if (!child.pid) throw new Error(`${command} could not be started; see ${logFile}`);
    return child.pid;
  } finally {
    fs.closeSync(log);
  }
}

/**
 * Waits until `probe` returns something, looking several times a second.
 *
 * @throws Error naming what was waited for, how long, and the last failure.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last = "";
  while (Date.now() < end) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}${last ? `; the last answer: ${last}` : ""}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it ended meanwhile
  }
}
