import * as fs from "node:fs";

import * as Mocha from "mocha";

import { duration } from "../../testing/phases";

/** Length of an error in one line: enough to know it again. */
const BRIEF = 250;

/** How many of the suites that took longest are named. */
const SLOWEST = 8;

/** Mocha's `spec` reporter that also says which suites took longest, and writes the totals and what failed to the file of the reporter option `output`, as JSON. */
export = class extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const { output } = options?.reporterOptions as { output: string };
    const failures: string[] = [];
    runner.on("fail", (test, error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${test.fullTitle()}: ${message.replace(/\s+/g, " ").slice(0, BRIEF)}`);
    });
    const seconds = new Map<string, number>();
    let begin = Date.now();
    // Suites of a file, hooks included; a suite within another is part of it.
    const outermost = (suite: Mocha.Suite) => suite.parent?.root === true;
    runner.on("suite", (suite) => {
      if (outermost(suite)) begin = Date.now();
    });
    runner.on("suite end", (suite) => {
      if (outermost(suite)) seconds.set(suite.title, (Date.now() - begin) / 1000);
    });
    runner.once("end", () => {
      const slowest = [...seconds].sort(([, one], [, other]) => other - one).slice(0, SLOWEST);
      console.log(`  longest: ${slowest.map(([title, time]) => `${title} ${duration(time)}`).join(", ")}\n`);
      const { passes, failures: failed } = this.stats;
      fs.writeFileSync(output, JSON.stringify({ passed: passes, failed, ...(failures.length > 0 && { failures }) }));
    });
  }
};
