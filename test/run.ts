import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { checkoutDir } from "../shared/checkout";
import { type Phase, report, runPhases, sum } from "../testing/phases";
import { forgetResults, keepResult, publish } from "./support/results";
import { check, type Command, goTests, goVet, lane, mochaTests, print } from "./support/suites";

const goModules = path.join(checkoutDir, "local", "go");
const minutes = 60_000;

// Tests that say nothing of their time get more than the usual 2 s: a busy machine needs it.
const mocha: Command = ["node_modules/.bin/mocha", "--timeout", "20s"];
const hostUp: Command = ["node", "bin/cli/main.js", "host-up"];
/** Runs a command with the variables that `make env` prints. */
const onHost: Command = ["sh", "-ec", 'exports=$(node bin/cli/main.js env); eval "$exports"; exec "$@"', "sh"];

const yaml: Phase = {
  name: "language host for YAML",
  needs: ["host up"],
  run: () => check(["node", "bin/cli/main.js", "build-yaml"], { timeoutMs: 20 * minutes }),
};

const unit: Phase = {
  name: "unit tests",
  run: () => mochaTests([...mocha, "bin/test/unit/**/*.test.js"], { timeoutMs: 10 * minutes }),
};

/** Files with environments of their own, which look at nothing else of the host: they can run beside all others. */
const ownEnvironments = ["isolation", "secrets", "upgrade", "yaml"].map((file) => `bin/test/e2e/${file}.test.js`);

/** One process and the alphabetical order of the files; each brings up the environments that it needs. */
function endToEnd(name: string, files: string[]): Phase {
  return {
    name,
    needs: ["host up", "language host for YAML"],
    run: () => mochaTests([...onHost, ...mocha, "--exit", "--sort", ...files], { timeoutMs: 45 * minutes }),
  };
}

/** What needs no host. */
const hostless: Phase[] = [
  { name: "lint", run: () => check(["make", "lint"], { timeoutMs: 10 * minutes }) },
  unit,
  {
    name: "policy tests",
    run: () => mochaTests(["npm", "--prefix", "policy", "test", "--"], { timeoutMs: 10 * minutes }),
  },
  { name: "Go tests", run: testGoModules },
];

/** What needs the host, and runs beside the other end-to-end tests. */
const besideOthers: Phase[] = [
  {
    name: "policy pack in the real engine",
    run: () =>
      mochaTests([...onHost, "npm", "--prefix", "policy", "run", "test:engine", "--"], { timeoutMs: 15 * minutes }),
  },
  endToEnd("end-to-end tests of their own environments", ownEnvironments),
];

const all: Phase[] = [
  { name: "build and type check", run: () => check(["make", "build"], { timeoutMs: 10 * minutes }) },
  { name: "Debian packages", run: () => check(["node", "bin/cli/main.js", "packages"], { timeoutMs: 10 * minutes }) },
  // The end-to-end tests spend half of their time waiting, and a lane runs one process at a time: together they keep two cores busy.
  { name: "tests without a host", beside: true, run: () => lane(hostless) },
  { name: "host up", run: () => check(hostUp, { timeoutMs: 60 * minutes }) },
  yaml,
  {
    name: "tests beside the others on the host",
    needs: ["host up", "language host for YAML"],
    after: ["tests without a host"],
    beside: true,
    run: () => lane(besideOthers),
  },
  endToEnd("end-to-end tests", ["bin/test/e2e/*.test.js", ...ownEnvironments.flatMap((file) => ["--ignore", file])]),
];

/** Vets and tests each of our Go modules that has tests; the others only name programs of other people. */
async function testGoModules() {
  const totals = [];
  for (const module of fs.readdirSync(goModules)) {
    const cwd = path.join(goModules, module);
    const files = fs.readdirSync(cwd, { recursive: true, encoding: "utf8" });
    if (!files.some((file) => file.endsWith("_test.go"))) continue;
    print(`local/go/${module}`);
    totals.push(await goVet({ cwd, timeoutMs: 15 * minutes }));
    totals.push(await goTests({ cwd, timeoutMs: 15 * minutes }));
  }
  if (totals.length === 0) throw new Error(`no module in ${goModules} has tests`);
  return sum(totals);
}

/** Tests on the host that is up, in environments of their own; `limit` in minutes. */
function onTheHost(name: string, files: string[], limit = 60): Phase {
  const tests = files.map((file) => `bin/test/${file}.test.js`);
  return {
    name,
    needs: ["host up"],
    run: () => mochaTests([...onHost, ...mocha, "--exit", ...tests], { timeoutMs: limit * minutes }),
  };
}

/** Suites that are too long for every change, and all attacks, whose table is kept with the results. `--part` runs one. */
const parts: Record<string, Phase> = {
  mutation: {
    name: "mutation of the policy rules",
    run: () => check(["npm", "--prefix", "policy", "run", "mutation"], { timeoutMs: 15 * minutes }),
  },
  attacks: onTheHost("attacks in every profile", ["long/attacks"]),
  isolation: onTheHost("ordinary workloads in the profile open", ["long/isolation"]),
  exhaustion: onTheHost("using up the host", ["long/exhaustion"]),
  "noisy-neighbour": onTheHost("noisy neighbour", ["long/noisy-neighbour"]),
  "high-availability": onTheHost("control planes whose pods are deleted", ["long/high-availability"], 120),
  "ingress-annotations": onTheHost("annotations that ingress controllers know", ["long/ingress-annotations"]),
  "ingress-kinds": onTheHost("ways through the ingress", ["long/ingress-kinds"]),
  "broken-links": onTheHost("broken links", ["long/broken-links"]),
  changes: onTheHost("changes, renewal and rotation", [
    "long/changes",
    "long/renewal",
    "long/retained",
    "long/rotation",
  ]),
  workloads: onTheHost("ordinary workloads", ["long/workloads"]),
  convergence: onTheHost("repair of what was damaged by hand", ["long/convergence"]),
  "first-up": onTheHost("first updates that fail half-way", ["long/first-up"]),
  original: onTheHost("the original, as it is written", ["long/original"]),
  destroy: onTheHost(
    "destroy of one of two, from the state, and with a faulty host",
    ["long/teardown", "long/destroy"],
    120,
  ),
  upgrade: onTheHost("an environment of an older version", ["long/upgrade"]),
  upgrades: {
    name: "upgrades over versions of the chart",
    needs: ["host up"],
    run: async () => {
      const built = await check(["node", "bin/cli/main.js", "build-vcluster"], { timeoutMs: 120 * minutes });
      return built.failed > 0 ? built : onTheHost("", ["long/upgrades"], 120).run();
    },
  },
  ownership: onTheHost("stacks of one name", ["long/ownership"]),
  nodes: onTheHost("every living Node.js", ["long/nodes"]),
  packages: onTheHost("use without a clone", ["long/packages"]),
  doctor: onTheHost("faults that the doctor names", ["long/doctor"], 240),
  age: onTheHost("a host that grows old", ["long/age"], 240),
  recovery: {
    name: "recovery of the local host",
    // The tests bring the host up and take it down themselves, and run as a person does: without what `make env` prints.
    run: () => mochaTests([...mocha, "--exit", "bin/test/long/recovery.test.js"], { timeoutMs: 80 * minutes }),
  },
  // After the recovery, which leaves a host that is up.
  kills: onTheHost(
    "environments that are killed, and that come and go",
    ["long/kills", "long/unsaved", "long/shared-namespaces"],
    90,
  ),
};

/** The named part, or all of them. @throws Error that lists the parts */
function longPhases(part: string | undefined): Phase[] {
  const chosen = part === undefined ? Object.values(parts) : [parts[part]].filter((phase) => phase !== undefined);
  if (chosen.length === 0) {
    throw new Error(`there is no part "${part ?? ""}" of make test-long. Allowed: ${Object.keys(parts).join(", ")}.`);
  }
  return [{ name: "host up", run: () => check(hostUp, { timeoutMs: 60 * minutes }) }, yaml, ...chosen];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      unit: { type: "boolean" },
      long: { type: "boolean" },
      part: { type: "string" },
      json: { type: "string" },
    },
  });
  // An interrupted run ends what it started: the exit hooks do that, and a signal alone would not run them.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  process.chdir(checkoutDir);
  forgetResults();
  const phases = values.unit ? [unit] : values.long ? longPhases(values.part) : all;
  const results = await runPhases(phases, console.log);
  const total = sum(results);
  if (values.json) fs.writeFileSync(values.json, `${JSON.stringify({ phases: results, ...total }, undefined, 2)}\n`);
  if (values.long) {
    const name = values.part === undefined ? "long" : `long-${values.part}`;
    keepResult(name, { title: "Long suites", text: report(results), data: results });
    // Results of a run that failed are no evidence.
    if (total.failed === 0) publish();
    else console.log("docs/results is left as it was");
  }
  console.log(`\n${report(results)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

void main();
