import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { compileFunction } from "node:vm";
import Mocha from "mocha";
import ts from "typescript";
import { mutantsOf, type Mutant } from "./mutants";

// Runs the tests of each rule, and of the modules that rules stand on, against every mutant of it, and says which live on.
// `node bin/policy/test/mutation.js` runs all, each in a process of its own, because a mutant can loop for ever.

const PACK = path.resolve(__dirname, "../../..");
const LOWEST_SCORE = 95;
/** Modules that rules stand on and that have tests of their own. */
const FOUNDATIONS = ["parameters", "values", "vcluster"];
/** A rule's tests take a tenth of a second; what takes this long for one mutant hangs, and so is noticed. */
const MUTANT_TIMEOUT_MS = 5_000;

interface Report {
  readonly index: number;
  readonly killed: boolean;
}

async function main(): Promise<number> {
  const only = process.argv[2];
  if (only !== undefined) {
    await runRule(only, Number(process.argv[3] ?? 0));
    return 0;
  }
  const rules = readdirSync(path.join(PACK, "rules")).map((file) => `rules/${path.basename(file, ".ts")}`);
  let total = 0;
  let killed = 0;
  for (const rule of [...rules, ...FOUNDATIONS]) {
    const mutants = mutantsFor(rule);
    const survivors = await survivorsOf(rule, mutants);
    total += mutants.length;
    killed += mutants.length - survivors.length;
    console.log(`${rule}: ${String(mutants.length - survivors.length)} of ${String(mutants.length)} mutants noticed`);
    for (const { line, before, after } of survivors) {
      console.log(`  ${rule}.ts:${String(line)}: ${oneLine(before)}  ->  ${oneLine(after)}`);
    }
    if (mutants.length === 0) throw new Error(`${rule}.ts has no mutants, so nothing was measured`);
  }
  const score = (100 * killed) / total;
  console.log(
    `Mutation score: ${score.toFixed(1)} % (${String(killed)} of ${String(total)}; at least ${String(LOWEST_SCORE)} %)`,
  );
  return score >= LOWEST_SCORE ? 0 : 1;
}

function mutantsFor(rule: string): Mutant[] {
  const file = path.join(PACK, `${rule}.ts`);
  return mutantsOf(file, readFileSync(file, "utf8"));
}

/** Runs all mutants of a rule in child processes; one that hangs costs its process, and the next one goes on after it. */
async function survivorsOf(rule: string, mutants: readonly Mutant[]): Promise<Mutant[]> {
  const survivors: Mutant[] = [];
  let next = 0;
  while (next < mutants.length) {
    const from = next;
    await new Promise<void>((resolve, reject) => {
      const child = spawn(process.execPath, [__filename, rule, String(from)], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      let timer = setTimeout(() => child.kill("SIGKILL"), 6 * MUTANT_TIMEOUT_MS);
      child.on("message", ({ index, killed }: Report) => {
        clearTimeout(timer);
        timer = setTimeout(() => child.kill("SIGKILL"), MUTANT_TIMEOUT_MS);
        next = index + 1;
        const mutant = mutants[index];
        if (!killed && mutant !== undefined) survivors.push(mutant);
      });
      child.on("exit", (code, signal) => {
        clearTimeout(timer);
        if (signal === "SIGKILL") next += 1;
        else if (code !== 0) reject(new Error(`the tests of ${rule} fail without a mutant`));
        resolve();
      });
    });
  }
  return survivors;
}

async function runRule(rule: string, from: number): Promise<void> {
  // Every run of the tests leaves a listener behind.
  process.setMaxListeners(0);
  const compiled = path.join(PACK, "bin", "policy", `${rule}.js`);
  const test = path.join(PACK, "bin", "policy", "test", `${rule}.test.js`);
  if ((await failures(test)) > 0) process.exit(1);
  for (const [index, { text }] of mutantsFor(rule).entries()) {
    if (index < from) continue;
    let killed = true;
    try {
      load(compiled, text);
      killed = (await failures(test)) > 0;
    } catch {
      // A mutant that does not even load fails when the pack starts.
    }
    process.send?.({ index, killed } satisfies Report);
  }
  process.disconnect();
}

/** Puts a mutant in the place of the compiled rule. */
function load(compiled: string, text: string): void {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true },
  });
  const mutant = {};
  const run = compileFunction(outputText, ["exports", "require"], { filename: compiled }) as ModuleFunction;
  run(mutant, createRequire(compiled));
  const cached = require.cache[compiled];
  assert.ok(cached, `${compiled} is not what its test loads`);
  cached.exports = mutant;
}

type ModuleFunction = (exports: object, require: NodeJS.Require) => void;

function failures(test: string): Promise<number> {
  Reflect.deleteProperty(require.cache, test);
  const mocha = new Mocha({
    reporter: Silent,
    bail: true,
    timeout: MUTANT_TIMEOUT_MS,
  });
  mocha.addFile(test);
  return new Promise((resolve) => mocha.run(resolve));
}

/** Says nothing: the number of failures is all that counts. */
class Silent extends Mocha.reporters.Base {
  override done(failed: number, end: (failed: number) => void): void {
    end(failed);
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 70 ? `${line.slice(0, 70)}…` : line;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
