import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { report, runPhases, sum, type Phase } from "./support/phases";
import { check, goTests, mochaTests, type Command } from "./support/suites";

/** The checkout: this file is compiled to `<checkout>/bin/test/run.js`. */
const checkout = path.resolve(__dirname, "..", "..");
const goModules = path.join(checkout, "local", "go");
const minutes = 60_000;

const mocha: Command = ["npx", "--no-install", "mocha"];
const hostUp: Command = ["node", "bin/local/cli.js", "host-up"];
/** Runs a command with the variables that `make env` prints. */
const onHost: Command = ["sh", "-ec", 'exports=$(node bin/local/cli.js env); eval "$exports"; exec "$@"', "sh"];

const unit: Phase = {
  name: "unit tests",
  run: () => mochaTests([...mocha, "bin/test/unit/**/*.test.js"], { timeoutMs: 5 * minutes }),
};

const all: Phase[] = [
  { name: "build and type check", run: () => check(["make", "build"], { timeoutMs: 10 * minutes }) },
  { name: "lint", run: () => check(["make", "lint"], { timeoutMs: 10 * minutes }) },
  unit,
  {
    name: "policy tests",
    run: () => mochaTests(["npm", "--prefix", "policy", "test", "--"], { timeoutMs: 10 * minutes }),
  },
  { name: "Go tests", run: testGoModules },
  { name: "host up", run: () => check(hostUp, { timeoutMs: 60 * minutes }) },
  {
    name: "end-to-end tests",
    needs: ["host up"],
    // One process and the alphabetical order of the files; each brings up the environments that it needs.
    run: () =>
      mochaTests([...onHost, ...mocha, "--exit", "--sort", "bin/test/e2e/*.test.js"], { timeoutMs: 30 * minutes }),
  },
];

/** Vets and tests each of our Go modules that has tests; the others only name programs of other people. */
async function testGoModules() {
  const totals = [];
  for (const module of fs.readdirSync(goModules)) {
    const cwd = path.join(goModules, module);
    const files = fs.readdirSync(cwd, { recursive: true, encoding: "utf8" });
    if (!files.some((file) => file.endsWith("_test.go"))) continue;
    console.log(`local/go/${module}`);
    totals.push(await check(["go", "vet", "./..."], { cwd, timeoutMs: 15 * minutes }));
    totals.push(await goTests({ cwd, timeoutMs: 15 * minutes }));
  }
  if (totals.length === 0) throw new Error(`no module in ${goModules} has tests`);
  return sum(totals);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { unit: { type: "boolean" }, json: { type: "string" } } });
  // An interrupted run ends what it started: the exit hooks do that, and a signal alone would not run them.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  process.chdir(checkout);
  const results = await runPhases(values.unit ? [unit] : all, console.log);
  const total = sum(results);
  if (values.json) fs.writeFileSync(values.json, `${JSON.stringify({ phases: results, ...total }, undefined, 2)}\n`);
  console.log(`\n${report(results)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

void main();
