import { AsyncLocalStorage } from "node:async_hooks";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { sharedFlags } from "../../local/build";
import { exec } from "../../shared/exec";
import { type Phase, report, runPhases, sum, type Totals } from "../../testing/phases";

/** Programs that a phase runs: command and arguments. */
export type Command = [string, ...string[]];

export interface Limits {
  /** The command, and all that it started, is ended after so many milliseconds. */
  timeoutMs: number;
  cwd?: string;
}

/** Buffered output of the lane that is running. */
const buffer = new AsyncLocalStorage<string[]>();

/** Runs phases beside others. Their output is printed when the last one has ended, instead of between that of the others. */
export async function lane(phases: Phase[]): Promise<Totals> {
  const lines: string[] = [];
  const flush = () => {
    if (lines.length > 0) console.log(lines.splice(0).join("\n"));
  };
  process.once("exit", flush); // of a run that is interrupted
  try {
    return await buffer.run(lines, async () => {
      const results = await runPhases(phases, print);
      print(`\n${report(results)}`);
      return sum(results);
    });
  } finally {
    process.off("exit", flush);
    flush();
  }
}

/** Prints a line; in a lane, when the lane has ended. */
export function print(line: string): void {
  const lines = buffer.getStore();
  if (lines) lines.push(line);
  else console.log(line);
}

/** Something that is no test: nothing passed, or one failure. */
export async function check(command: Command, limits: Limits): Promise<Totals> {
  return { passed: 0, failed: (await run(command, limits)) === 0 ? 0 : 1 };
}

/** Tests that Mocha runs. The command must hand further arguments on to Mocha. */
export async function mochaTests(command: Command, limits: Limits): Promise<Totals> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "test-totals-"));
  try {
    const output = path.join(directory, "totals.json");
    // A test that was switched off, or a suite narrowed to one test, proves nothing: both count as failures.
    const flags = ["--forbid-only", "--forbid-pending"];
    const reporter = ["--reporter", path.join(__dirname, "reporter.js"), "--reporter-option", `output=${output}`];
    const exitCode = await run([...command, ...flags, ...reporter], limits);
    const totals = fs.existsSync(output)
      ? (JSON.parse(fs.readFileSync(output, "utf8")) as Totals)
      : { passed: 0, failed: 0 };
    return judged(totals, exitCode);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Go with the settings of our builds, so that the compiler's cache serves both. */
const go: Command = ["env", "CGO_ENABLED=0", "GOGC=400", `GOFLAGS=${sharedFlags.join(" ")}`, "go"];

/** What the compiler's own checker says of the Go module in a directory. */
export function goVet(limits: Limits & { cwd: string }): Promise<Totals> {
  return check([...go, "vet", "./..."], limits);
}

interface GoEvent {
  Action?: string;
  Package?: string;
  Test?: string;
  Output?: string;
}

/** Tests of the Go module in a directory. Counts those without subtests, and of the others the subtests. */
export async function goTests(limits: Limits & { cwd: string }): Promise<Totals> {
  const ended = new Map<string, boolean>();
  const outputs = new Map<string, string>();
  const exitCode = await run([...go, "test", "-json", "./..."], limits, (line) => {
    const event = goEvent(line);
    if (!event) {
      print(line); // of the compiler
      return;
    }
    const test = event.Test === undefined ? undefined : `${event.Package ?? ""} ${event.Test}`;
    if (event.Action === "output" || event.Action === "build-output") {
      if (test === undefined) print((event.Output ?? "").trimEnd());
      else outputs.set(test, (outputs.get(test) ?? "") + (event.Output ?? ""));
    }
    if (test === undefined) return;
    // A skipped test proves nothing.
    if (event.Action === "pass" || event.Action === "fail" || event.Action === "skip") {
      ended.set(test, event.Action === "pass");
      if (event.Action !== "pass") print(outputs.get(test) ?? "");
    }
  });
  const names = [...ended.keys()];
  const leaves = [...ended].filter(([name]) => !names.some((other) => other.startsWith(`${name}/`)));
  const passed = leaves.filter(([, ok]) => ok).length;
  return judged({ passed, failed: leaves.length - passed }, exitCode);
}

function goEvent(line: string): GoEvent | undefined {
  try {
    return JSON.parse(line) as GoEvent;
  } catch {
    return undefined;
  }
}

/** The totals, plus one failure where they do not tell what the exit code does, or where no test was run. */
function judged(totals: Totals, exitCode: number): Totals {
  if (totals.failed > 0) return totals;
  if (exitCode !== 0) print(`the tests ended with exit code ${exitCode}, and not because a test failed`);
  else if (totals.passed === 0) print("no test was run");
  else return totals;
  return { ...totals, failed: 1 };
}

/** Runs a command, its output going to `onLine`. Default: where ours goes. @returns its exit code */
async function run([name, ...args]: Command, limits: Limits, onLine?: (line: string) => void): Promise<number> {
  const output = onLine ? { onLine } : buffer.getStore() ? { onLine: print } : { inherit: true };
  const { command, exitCode, exceededMs } = await exec(name, args, { ...limits, ...output });
  if (exceededMs !== undefined) print(`${command} is ended: it took longer than ${exceededMs / 60_000} min`);
  return exitCode;
}
