import * as assert from "node:assert/strict";
import * as path from "node:path";
import { exec, succeeded } from "../support/exec";

const checkout = path.resolve(__dirname, "..", "..", "..");

describe("the policy pack over the committed stacks", function () {
  this.timeout(120_000);

  it("finds nothing in dev and staging, not even an advisory", async () => {
    // What `make policy` runs; its lock is held by the whole test run.
    const { output } = succeeded(
      await exec("node", ["bin/local/cli.js", "preview", "dev", "staging"], { cwd: checkout, timeoutMs: 120_000 }),
    );
    assert.equal(output.match(/✅ vcluster-environments@v/g)?.length, 2, output);
    assert.doesNotMatch(output, /❌|⚠|advisory|mandatory/, output);
  });
});
