import { table } from "../shared/table";

/** How many tests passed and failed. What is no test, such as the linter, adds only its failure. */
export interface Totals {
  passed: number;
  failed: number;
  /** Title and error of tests that failed, a line each, as far as they are known. */
  failures?: string[];
}

export interface Phase {
  name: string;
  run: () => Promise<Totals>;
  /** Names of earlier phases without whose success this one is not started; it counts as failed then. Default: none. */
  needs?: string[];
  /** Names of earlier phases whose end it waits for, whatever becomes of them. Default: none. */
  after?: string[];
  /** Whether the phases behind it are started while it waits and runs; those that need it wait all the same. Default: false. */
  beside?: boolean;
}

export interface PhaseResult extends Totals {
  name: string;
  seconds: number;
}

/** Starts the phases in order, whatever becomes of those before, and waits for the end of all. */
export async function runPhases(phases: Phase[], print: (line: string) => void): Promise<PhaseResult[]> {
  const ends = new Map<string, Promise<PhaseResult>>();
  const endsOf = (names: string[] = []) => Promise.all(names.flatMap((name) => ends.get(name) ?? []));
  for (const phase of phases) {
    const end = Promise.all([endsOf(phase.needs), endsOf(phase.after)]).then(([needed]) => {
      const missing = needed.filter(({ failed }) => failed > 0).map(({ name }) => name);
      return runPhase(phase, missing, print);
    });
    ends.set(phase.name, end);
    if (phase.beside !== true) await end;
  }
  return Promise.all(ends.values());
}

async function runPhase({ name, run }: Phase, missing: string[], print: (line: string) => void): Promise<PhaseResult> {
  print(`\n== ${name}`);
  const start = Date.now();
  let totals: Totals = { passed: 0, failed: 1 };
  if (missing.length > 0) {
    print(`not started: it needs ${missing.join(", ")}`);
  } else {
    try {
      totals = await run();
    } catch (error) {
      print(error instanceof Error ? error.message : String(error));
    }
  }
  const result = { name, seconds: (Date.now() - start) / 1000, ...totals };
  print(`== ${name}: ${result.failed > 0 ? "FAILED" : "ok"} after ${duration(result.seconds)}`);
  return result;
}

export function sum(all: Totals[]): Required<Totals> {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
    failures: all.flatMap(({ failures = [] }) => failures),
  };
}

/** A table of the phases, what failed, and as the last line the sum: where only the end of a log is kept, it has all of them. */
export function report(results: PhaseResult[]): string {
  const { passed, failed, failures } = sum(results);
  const rows = [
    ["phase", "time", "passed", "failed"],
    ...results.map(({ name, seconds, passed, failed }) => [name, duration(seconds), `${passed}`, `${failed}`]),
  ];
  const list = failures.length > 0 ? ["", "failed:", ...failures.map((failure) => `- ${failure}`)] : [];
  return [table(rows, [1, 2, 3]), ...list, "", `${passed} passed, ${failed} failed`].join("\n");
}

/** Seconds as `4.2 s`, or from a minute on as `3 min 07 s`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
