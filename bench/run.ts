import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { checkoutDir } from "../shared/checkout";
import { duration } from "../testing/phases";
import type { Bench, Target } from "./bench";
import { fleet } from "./fleet";
import { footprint } from "./footprint";
import { svg } from "./plot";
import { preview } from "./preview";
import { markdown, type Section } from "./report";
import { scale } from "./scale";
import { start } from "./start";
import { sync } from "./sync";
import { knownMisses } from "./targets";
import { origin } from "../testing/origin";

const benches: readonly Bench[] = [start, preview, scale, footprint, sync, fleet];

const folder = path.join(checkoutDir, "bench");
const file = path.join(folder, "results.json");
const REPETITIONS = 5;

/** Runs the benchmarks, writes the results, and fails where a target is missed that is not known to be. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean" } } });
  const quick = values.quick ?? false;
  const chosen = benches.filter(({ name }) => !values.only || name === values.only);
  if (chosen.length === 0)
    throw new Error(`no benchmark ${values.only ?? ""}; there are ${benches.map((b) => b.name).join(", ")}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  process.chdir(checkoutDir);
  // A run of one of them keeps what the others found.
  const sections: Record<string, Section> = fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Section>)
    : {};
  for (const { name, title, run } of chosen) {
    console.log(`== ${name}: ${title}`);
    const begin = Date.now();
    const elapsed = () => duration((Date.now() - begin) / 1000);
    const progress = (line: string) => {
      console.log(`   ${elapsed()}  ${line}`);
    };
    sections[name] = { title, ...origin(), ...(await run({ repetitions: quick ? 1 : REPETITIONS, quick, progress })) };
    // A quick look proves nothing, and is not kept.
    if (!quick) write(sections);
    console.log(`== ${name}: done after ${elapsed()}\n`);
  }
  if (!quick) console.log("written: bench/results.md, bench/results.json, bench/results.svg");
  const missed = chosen.flatMap(({ name }) => sections[name]?.targets ?? []).filter(isMissed);
  for (const { name, value, limit } of missed) {
    console.log(`${name}: ${value.toFixed(2)}, at most ${limit}. ${knownMisses[name] ?? "Not known to be missed."}`);
  }
  process.exitCode = !quick && missed.some(({ name }) => knownMisses[name] === undefined) ? 1 : 0;
}

function isMissed({ value, limit }: Target): boolean {
  return !(value <= limit);
}

function write(sections: Record<string, Section>): void {
  const ordered = Object.fromEntries(
    benches.flatMap(({ name }) => (sections[name] ? [[name, sections[name]] as const] : [])),
  );
  fs.writeFileSync(file, `${JSON.stringify(ordered, undefined, 1)}\n`);
  fs.writeFileSync(path.join(folder, "results.svg"), svg(ordered));
  const misses = fs.readFileSync(path.join(folder, "misses.md"), "utf8");
  fs.writeFileSync(path.join(folder, "results.md"), markdown(ordered, misses));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
