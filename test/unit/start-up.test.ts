import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";

/** Packages outside of the SDK's own that a new Node.js process has loaded after `require(file)`. */
function loaded(file: string): string[] {
  const script = `require(${JSON.stringify(path.join(checkoutDir, "bin", file))}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const files = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as string[];
  return files.map((name) => path.relative(checkoutDir, name));
}

describe("program start", () => {
  const files = loaded("index.js");

  it("loads no modules of tests, benchmarks and the local host", () => {
    const others = files.filter((file) =>
      /^node_modules\/(@kubernetes|listr2|mocha|fast-check|simple-statistics)\//.test(file),
    );
    assert.deepEqual(others, []);
    const own = files.filter((file) => file.startsWith("bin/"));
    assert.ok(own.includes("bin/components/environment.js"), "the program was not loaded");
    assert.deepEqual(
      own.filter((file) => /^bin\/(test|testing|bench|cli|local|scripts)\//.test(file)),
      [],
    );
  });

  it("loads only used classes of the providers' SDKs", () => {
    const kubernetes = files.filter((file) => file.startsWith("node_modules/@pulumi/kubernetes/"));
    // The index has a thousand classes, and one import of it starts to load them.
    assert.ok(!kubernetes.includes("node_modules/@pulumi/kubernetes/index.js"));
    assert.ok(kubernetes.length > 5 && kubernetes.length < 60, `${kubernetes.length} files of @pulumi/kubernetes`);
    for (const sdk of ["command", "random"]) {
      assert.ok(!files.includes(`node_modules/@pulumi/${sdk}/index.js`), `the index of @pulumi/${sdk}`);
    }
  });
});
