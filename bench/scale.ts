import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { exec, succeeded } from "../shared/exec";
import type { Bench, Measured, Options } from "./bench";
import { MIB } from "./processes";
import { exponent, median } from "./statistics";

const COUNTS = [1, 10, 100, 1000];
const BATCH = 25;
const REPETITIONS_OF_1000 = 2;

/** What `programs/many.js` prints. */
interface Run {
  resources: number;
  wallSeconds: number;
  cpuSeconds: number;
  bytes: number;
}

export const scale: Bench = {
  name: "scale",
  title: "Many environments in one program, against a stand-in for the engine",
  run: measure,
};

async function measure({ repetitions, quick, progress }: Options): Promise<Measured> {
  const counts = quick ? COUNTS.slice(0, 3) : COUNTS;
  const largest = counts.at(-1) ?? 1;
  const runs = new Map<string, Run[]>();
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const count of counts) {
      // The longest ones take most of the time, and vary the least.
      if (count === 1000 && repetition >= REPETITIONS_OF_1000) continue;
      for (const batch of count > BATCH ? [count, BATCH] : [count]) {
        const run = await many(count, batch);
        const name = nameOf(count, batch);
        runs.set(name, [...(runs.get(name) ?? []), run]);
        progress(`${name}: ${run.cpuSeconds.toFixed(1)} s, ${(run.bytes / MIB).toFixed(0)} MiB`);
      }
    }
  }
  const series = (value: (run: Run) => number) => [...runs].map(([name, list]) => ({ name, values: list.map(value) }));
  const of = (count: number, batch: number, value: (run: Run) => number) =>
    median((runs.get(nameOf(count, batch)) ?? []).map(value));
  const fitted = (value: (run: Run) => number) =>
    exponent(counts.filter((count) => count >= 10).map((count) => [count, of(count, count, value)]));
  const gibibytes = (batch: number) => of(largest, batch, ({ bytes }) => bytes / MIB / 1024);
  return {
    tables: [
      { title: "Processor time of the program", unit: "s", series: series(({ cpuSeconds }) => cpuSeconds) },
      { title: "Time on the clock", unit: "s", series: series(({ wallSeconds }) => wallSeconds) },
      { title: "Largest memory of the program", unit: "MiB", series: series(({ bytes }) => bytes / MIB) },
    ],
    targets: [
      { name: "exponent of the time", value: fitted(({ cpuSeconds }) => cpuSeconds), limit: 1.05 },
      { name: "exponent of the memory", value: fitted(({ bytes }) => bytes), limit: 1.05 },
      { name: "GiB of 1,000 environments at once", value: gibibytes(largest), limit: 1.5 },
      { name: `GiB of 1,000 environments, ${BATCH} at a time`, value: gibibytes(BATCH), limit: 1.5 },
    ],
    notes: [
      "One process a run: Node.js, the SDK, this program, and the SDK's mocks in place of the engine, which answer at once.",
      "At once: a loop declares all environments, and the component lets 32 be under way at a time. In batches: the loop waits " +
        `for the outputs of ${BATCH} before it declares the next. 1,000 are measured ${REPETITIONS_OF_1000} times, all others five times.`,
      "The exponent k of n^k is fitted for all at once, from 10 environments up, where the start of Node.js does not flatter it.",
    ],
  };
}

function nameOf(count: number, batch: number): string {
  return `${count} ${batch < count ? `in batches of ${batch}` : "at once"}`;
}

async function many(count: number, batch: number): Promise<Run> {
  // As Pulumi.yaml has it.
  const preload = path.join(checkoutDir, "preload.cjs");
  const args = ["--require", preload, path.join(__dirname, "programs", "many.js"), String(count), String(batch)];
  const { stdout } = succeeded(await exec(process.execPath, args, { timeoutMs: 300_000 }));
  return JSON.parse(stdout) as Run;
}
