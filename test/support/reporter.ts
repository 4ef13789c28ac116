import * as fs from "node:fs";

import * as Mocha from "mocha";

/** Mocha's `spec` reporter that also writes the totals to the file of the reporter option `output`, as JSON. */
export = class extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const { output } = options?.reporterOptions as { output: string };
    runner.once("end", () => {
      const { passes, failures } = this.stats;
      fs.writeFileSync(output, JSON.stringify({ passed: passes, failed: failures }));
    });
  }
};
