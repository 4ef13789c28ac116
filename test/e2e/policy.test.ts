import * as assert from "node:assert/strict";

import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";

describe("policy pack with the committed stacks", function () {
  this.timeout(120_000);

  it("finds nothing in dev and staging, not even an advisory", async () => {
    // What `make policy` runs; its lock is held by the whole test run.
    const { output } = succeeded(
      await exec("node", ["bin/cli/main.js", "preview", "dev", "staging"], { cwd: checkoutDir, timeoutMs: 120_000 }),
    );
    assert.equal(output.match(/✅ vcluster-environments@v/g)?.length, 2, output);
    assert.doesNotMatch(output, /❌|⚠|advisory|mandatory/, output);
  });
});
