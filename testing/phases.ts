/** How many tests passed and failed. What is no test, such as the linter, adds only its failure. */
export interface Totals {
  passed: number;
  failed: number;
}

export interface Phase {
  name: string;
  run: () => Promise<Totals>;
  /** Names of earlier phases without whose success this one is not started; it counts as failed then. Default: none. */
  needs?: string[];
}

export interface PhaseResult extends Totals {
  name: string;
  seconds: number;
}

/** Runs the phases in order, whatever becomes of those before. */
export async function runPhases(phases: Phase[], print: (line: string) => void): Promise<PhaseResult[]> {
  const results: PhaseResult[] = [];
  for (const { name, run, needs = [] } of phases) {
    print(`\n== ${name}`);
    const start = Date.now();
    const missing = results.filter((result) => needs.includes(result.name) && result.failed > 0);
    let totals: Totals = { passed: 0, failed: 1 };
    if (missing.length > 0) {
      print(`not started: it needs ${missing.map((result) => result.name).join(", ")}`);
    } else {
      try {
        totals = await run();
      } catch (error) {
        print(error instanceof Error ? error.message : String(error));
      }
    }
    const result = { name, seconds: (Date.now() - start) / 1000, ...totals };
    print(`== ${name}: ${result.failed > 0 ? "FAILED" : "ok"} after ${duration(result.seconds)}`);
    results.push(result);
  }
  return results;
}

export function sum(all: Totals[]): Totals {
  return all.reduce((total, { passed, failed }) => ({ passed: total.passed + passed, failed: total.failed + failed }), {
    passed: 0,
    failed: 0,
  });
}

/** A table of the phases and, as the last line, the sum. */
export function report(results: PhaseResult[]): string {
  const total = sum(results);
  const rows = [
    ["phase", "time", "passed", "failed"],
    ...results.map(({ name, seconds, passed, failed }) => [name, duration(seconds), `${passed}`, `${failed}`]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [...lines, "", `${total.passed} passed, ${total.failed} failed`].join("\n");
}

/** Seconds as `4.2 s`, or from a minute on as `3 min 07 s`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
