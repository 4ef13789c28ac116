import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
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

  describe("preloaded", () => {
    /** The JSON that a script prints in a process that has preloaded `directory`'s file. */
    const preloaded = (script: string, directory = checkoutDir) => {
      const args = ["--require", path.join(directory, "preload.cjs"), "-p", `JSON.stringify(${script})`];
      return JSON.parse(execFileSync(process.execPath, args, { cwd: checkoutDir, encoding: "utf8" })) as unknown;
    };

    it("leaves out what no program of ours needs of the SDK", () => {
      const script = `(require("@pulumi/pulumi"), require("./bin/index.js"), Object.keys(require.cache))`;
      const unused = (names: readonly string[]) =>
        names.filter((name) => /arborist\/lib\/(?!index)|pulumi\/automation\/(?!index)/.test(name));
      const names = preloaded(script) as string[];
      assert.ok(names.some((name) => name.endsWith("components/environment.js")));
      assert.deepEqual(unused(names), []);
    });

    it("keeps no stack trace for each promise of the SDK, and translates none, while errors have theirs", () => {
      const script = `(
        require("node:module").createRequire(require.resolve("@pulumi/pulumi/package.json"))("source-map-support/register"),
        require("@pulumi/pulumi"),
        {
          followed: require("@pulumi/pulumi/runtime/debuggable").debuggablePromise(Promise.resolve(), "a")._debugStackTrace ?? "",
          translated: Object.keys(require.cache).some((name) => name.endsWith("source-map-support.js")),
          lines: new Error("b").stack.split("\\n").length > 1,
        })`;
      assert.deepEqual(preloaded(script), { followed: "", translated: false, lines: true });
    });

    it("keeps what is compiled in this project, where Node.js can", () => {
      const directory = preloaded(`require("node:module").getCompileCacheDir?.() ?? null`);
      const expected = path.join(checkoutDir, "node_modules/.cache/compile");
      if (Number(process.versions.node.split(".")[0]) < 22) assert.equal(directory, null);
      else assert.ok(String(directory).startsWith(expected), String(directory));
    });

    it("loads nothing where nothing is built, so that Pulumi says what is missing", () => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "preload-"));
      try {
        fs.copyFileSync(path.join(checkoutDir, "preload.cjs"), path.join(directory, "preload.cjs"));
        assert.equal(preloaded("1", directory), 1);
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    });

    it("is what Pulumi.yaml tells Node.js to load", () => {
      const project = fs.readFileSync(path.join(checkoutDir, "Pulumi.yaml"), "utf8");
      assert.match(project, /nodeargs: --require \.\/preload\.cjs/);
    });
  });
});
