import * as fs from "node:fs";

import * as Mocha from "mocha";

/** Length of an error in one line: enough to know it again. */
const BRIEF = 250;

/** Mocha's `spec` reporter that also writes the totals and what failed to the file of the reporter option `output`, as JSON. */
export = class extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const { output } = options?.reporterOptions as { output: string };
    const failures: string[] = [];
    runner.on("fail", (test, error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${test.fullTitle()}: ${message.replace(/\s+/g, " ").slice(0, BRIEF)}`);
    });
    runner.once("end", () => {
      const { passes, failures: failed } = this.stats;
      fs.writeFileSync(output, JSON.stringify({ passed: passes, failed, ...(failures.length > 0 && { failures }) }));
    });
  }
};
