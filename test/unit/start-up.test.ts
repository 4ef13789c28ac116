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

describe("the start of the program", () => {
  const files = loaded("index.js");

  it("loads nothing that only tests, benchmarks and the local host need", () => {
    const others = files.filter((file) =>
      /^node_modules\/(@kubernetes|listr2|mocha|fast-check|simple-statistics)\//.test(file),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      files.filter((file) => /^bin\/(test|bench|local|scripts)\//.test(file)),
      [],
    );
  });

  it("loads of the providers' SDKs the classes that it uses, and not their indexes", () => {
    const kubernetes = files.filter((file) => file.startsWith("node_modules/@pulumi/kubernetes/"));
    // The index has a thousand classes, and one import of it starts to load them.
    assert.ok(!kubernetes.includes("node_modules/@pulumi/kubernetes/index.js"));
    assert.ok(kubernetes.length > 5 && kubernetes.length < 60, `${kubernetes.length} files of @pulumi/kubernetes`);
    for (const sdk of ["command", "random"]) {
      assert.ok(!files.includes(`node_modules/@pulumi/${sdk}/index.js`), `the index of @pulumi/${sdk}`);
    }
  });
});
