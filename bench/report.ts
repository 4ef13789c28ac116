import { markdownTable } from "../shared/table";
import type { Measured, Series, Table } from "./bench";
import { median, quantile } from "./statistics";
import { knownMisses } from "./targets";

/** What one benchmark measured, and what of: the newest run of it. */
export interface Section extends Measured {
  readonly title: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

/** Median, extremes and middle half of every contender, the targets, and what has to be known to read them. */
export function markdown(sections: Readonly<Record<string, Section>>, explanations: string): string {
  const all = Object.entries(sections);
  return `# Benchmarks

Made by \`make bench\`; \`make bench BENCH=<name>\` repeats one. Contenders run in turn in one run; medians are compared, and the spread
is what the machine adds. All values are in [results.json](results.json).

![Medians and spread](results.svg)

## Targets

${targets(all.map(([, section]) => section))}

${explanations.trim()}

${all.map(([name, section]) => sectionText(name, section)).join("\n")}`;
}

function targets(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ targets: list }) =>
    list.map(({ name, value, limit }) => {
      const kept = value <= limit ? "yes" : knownMisses[name] === undefined ? "**no**" : "no, as known: see below";
      return [name, value.toFixed(2), limit.toFixed(2), kept];
    }),
  );
  return numbers(["ratio of medians", "measured", "at most", "kept"], rows);
}

function sectionText(name: string, { title, date, commit, machine, tables, notes }: Section): string {
  const body = tables.map((one) => `${one.title}, ${one.unit}:\n\n${values(one)}\n`).join("\n");
  return `## ${title}\n\n\`${name}\`, ${date}, commit ${commit}, ${machine}.\n\n${body}\n${notes.map((note) => `- ${note}`).join("\n")}\n`;
}

function values({ unit, series }: Table): string {
  const digits = unit === "cores" ? 3 : unit === "s" ? 2 : 0;
  const show = (value: number) => value.toFixed(digits);
  if (series.every((one) => one.values.length === 1)) {
    return numbers(
      ["", unit],
      series.map((one) => [one.name, show(one.values[0] ?? NaN)]),
    );
  }
  const many = series.some((one) => one.values.length >= 100);
  const at = (one: Series, q: number) => show(quantile([...one.values], q));
  const tail = many ? ["p95", "p99"] : [];
  return numbers(
    ["", "median", "min", "max", "quartiles", ...tail, "n"],
    series.map((one) => [
      one.name,
      show(median([...one.values])),
      at(one, 0),
      at(one, 1),
      `${at(one, 0.25)} to ${at(one, 0.75)}`,
      ...(many ? [at(one, 0.95), at(one, 0.99)] : []),
      String(one.values.length),
    ]),
  );
}

/** A table whose first column names the line. */
function numbers(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([head, ...rows], [...head.keys()].slice(1));
}
