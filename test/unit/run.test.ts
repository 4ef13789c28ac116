import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { exec, succeeded } from "../../shared/exec";
import { duration, type Phase, report, runPhases, type Totals } from "../../testing/phases";
import type * as suites from "../support/suites";

const passes: Phase = { name: "passes", run: () => Promise.resolve({ passed: 3, failed: 0 }) };
const fails: Phase = { name: "fails", run: () => Promise.resolve({ passed: 2, failed: 1 }) };
const throws: Phase = { name: "throws", run: () => Promise.reject(new Error("the reason")) };

describe("runPhases", () => {
  it("continues after a failure, and counts an exception as one", async () => {
    const lines: string[] = [];
    const results = await runPhases([throws, fails, passes], (line) => lines.push(line));
    assert.deepEqual(
      results.map(({ name, passed, failed }) => [name, passed, failed]),
      [
        ["throws", 0, 1],
        ["fails", 2, 1],
        ["passes", 3, 0],
      ],
    );
    assert.ok(lines.includes("the reason"));
  });

  it("skips a phase with a failed dependency, and counts it as failed", async () => {
    let started = false;
    const phase: Phase = {
      name: "end-to-end",
      needs: ["fails"],
      run: () => {
        started = true;
        return Promise.resolve({ passed: 9, failed: 0 });
      },
    };
    const results = await runPhases([fails, phase], () => undefined);
    assert.equal(started, false);
    const { passed, failed } = results[1] ?? {};
    assert.deepEqual({ passed, failed }, { passed: 0, failed: 1 });
  });

  it("starts a phase with a passed dependency", async () => {
    const results = await runPhases([passes, { ...fails, needs: ["passes"] }], () => undefined);
    assert.equal(results[1]?.passed, 2);
  });

  it("goes on beside a phase, waits for it where it is needed, and for its end", async () => {
    const order: string[] = [];
    const phase = (name: string, milliseconds: number, more: Partial<Phase> = {}): Phase => ({
      name,
      run: async () => {
        order.push(`+${name}`);
        await delay(milliseconds);
        order.push(`-${name}`);
        return { passed: 1, failed: 0 };
      },
      ...more,
    });
    const results = await runPhases(
      [
        phase("slow", 60, { beside: true }),
        { ...fails, beside: true },
        phase("queued", 1, { needs: ["slow"], after: ["fails"], beside: true }),
        phase("quick", 1),
        phase("last", 1, { needs: ["queued"] }),
        phase("end", 30, { beside: true }),
      ],
      () => undefined,
    );
    assert.equal(order.join(" "), "+slow +quick -quick -slow +queued -queued +last -last +end -end");
    assert.deepEqual(
      results.map(({ name, passed }) => [name, passed]),
      [
        ["slow", 1],
        ["fails", 2],
        ["queued", 1],
        ["quick", 1],
        ["last", 1],
        ["end", 1],
      ],
    );
  });

  it("ends its report with the totals", () => {
    const lines = report([
      { name: "short", seconds: 1.25, passed: 2, failed: 0 },
      { name: "a long name", seconds: 75, passed: 10, failed: 1, failures: ["a test: its error"] },
    ]).split("\n");
    assert.deepEqual(lines, [
      "phase              time  passed  failed",
      "short             1.3 s       2       0",
      "a long name  1 min 15 s      10       1",
      "",
      "failed:",
      "- a test: its error",
      "",
      "12 passed, 1 failed",
    ]);
  });

  it("prints readable durations", () => {
    assert.equal(duration(0), "0.0 s");
    assert.equal(duration(59.96), "1 min 00 s");
    assert.equal(duration(3607), "60 min 07 s");
  });
});

describe("test counts", function () {
  this.timeout(30_000);
  let directory: string;

  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "run-test-"));
  });
  after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });

  /** Calls a function of `suites` in a process of its own, which keeps what it prints out of this report. */
  const call = async (name: keyof typeof suites, args: unknown[], env = process.env): Promise<Totals> => {
    const module = JSON.stringify(require.resolve("../support/suites"));
    const program = `require(${module}).${name}(...${JSON.stringify(args)}).then((totals) => console.log(JSON.stringify(totals)))`;
    const { stdout } = succeeded(await exec(process.execPath, ["-e", program], { env, timeoutMs: 20_000 }));
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Totals;
  };

  /** Counts what Mocha makes of a file with this content. */
  const mocha = async (content: string) => {
    const file = path.join(directory, "sample.test.js");
    fs.writeFileSync(file, content);
    return call("mochaTests", [[process.execPath, require.resolve("mocha/bin/mocha.js"), file], { timeoutMs: 15_000 }]);
  };

  /** Counts what a stand-in for the `go` command prints, so that these tests need only Node.js. */
  const go = async (lines: string[], exitCode: number) => {
    const bin = fs.mkdtempSync(path.join(directory, "bin-"));
    fs.writeFileSync(path.join(bin, "events"), lines.map((line) => `${line}\n`).join(""));
    fs.writeFileSync(path.join(bin, "go"), `#!/bin/sh\ncat ${bin}/events\nexit ${exitCode}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    return call("goTests", [{ cwd: directory, timeoutMs: 15_000 }], env);
  };

  it("reads Mocha's totals", async () => {
    const content = `it("a", () => {}); it("b", () => {}); it("c", () => { throw new Error("c"); });`;
    assert.deepEqual(await mocha(content), { passed: 2, failed: 1, failures: ["c: c"] });
  });

  it("counts a file that does not load as a failure", async () => {
    assert.deepEqual(await mocha(`it("a", () => {}); throw new Error("load");`), { passed: 0, failed: 1 });
  });

  it("counts a crashed process as a failure", async () => {
    assert.deepEqual(await mocha(`it("a", () => {}); it("b", () => process.exit(0));`), { passed: 0, failed: 1 });
  });

  it("counts no test at all as a failure", async () => {
    assert.deepEqual(await mocha(`describe("empty", () => {});`), { passed: 0, failed: 1 });
  });

  it("counts a skipped test as a failure", async () => {
    assert.deepEqual(await mocha(`it("a", () => {}); it.skip("b", () => {});`), {
      passed: 1,
      failed: 1,
      failures: ["b: Pending test forbidden"],
    });
  });

  it("refuses a suite narrowed to one test", async () => {
    assert.deepEqual(await mocha(`it.only("a", () => {}); it("b", () => {});`), { passed: 0, failed: 1 });
  });

  it("reads Go's totals from its events, subtests instead of their parent", async () => {
    const events = [
      `{"Action":"output","Package":"p","Output":"building\\n"}`,
      `not an event`,
      ...["TestA", "TestB/one", "TestB/two"].map((name) => `{"Action":"pass","Package":"p","Test":"${name}"}`),
      `{"Action":"fail","Package":"p","Test":"TestB/three"}`,
      `{"Action":"fail","Package":"p","Test":"TestB"}`,
      `{"Action":"skip","Package":"p","Test":"TestC"}`,
      `{"Action":"fail","Package":"p"}`,
    ];
    assert.deepEqual(await go(events, 1), { passed: 3, failed: 2 });
  });

  it("counts a Go module that does not compile, or has no test, as a failure", async () => {
    assert.deepEqual(await go([`{"Action":"fail","Package":"p"}`], 1), { passed: 0, failed: 1 });
    assert.deepEqual(await go([], 0), { passed: 0, failed: 1 });
  });

  it("counts only failures of steps that are not tests", async () => {
    const limits = { timeoutMs: 10_000 };
    assert.deepEqual(await call("check", [["true"], limits]), { passed: 0, failed: 0 });
    assert.deepEqual(await call("check", [["false"], limits]), { passed: 0, failed: 1 });
  });

  for (const [end, last, exit] of [
    ["at its end", "end", ""],
    ["when the run is interrupted", "of two", "setTimeout(() => process.exit(3), 500);"],
  ]) {
    it(`tells what a lane said ${end}, not between what others say`, async () => {
      const program = `
        const { check, lane } = require(${JSON.stringify(require.resolve("../support/suites"))});
        const phase = (name, wait) => ({ name, run: () => check(["sh", "-c", "echo of " + name + "; sleep " + wait], { timeoutMs: 9000 }) });
        lane([phase("one", 0), phase("two", ${exit ? 9 : 0})]).then(() => console.log("end"));
        console.log("beside");${exit ?? ""}`;
      const { stdout } = await exec(process.execPath, ["-e", program], { timeoutMs: 15_000 });
      const lines = stdout.split("\n").filter((line) => /^(beside|of one|of two|end)$/.test(line));
      assert.deepEqual(lines, ["beside", "of one", "of two", ...(last === "end" ? ["end"] : [])]);
    });
  }

  it("counts the tests and failures of a lane", async () => {
    const program = `
      const { check, lane } = require(${JSON.stringify(require.resolve("../support/suites"))});
      const tests = { name: "tests", run: () => Promise.resolve({ passed: 2, failed: 1, failures: ["a: b"] }) };
      const crash = { name: "crash", run: () => check(["false"], { timeoutMs: 9000 }) };
      lane([tests, crash]).then((totals) => console.log(JSON.stringify(totals)));`;
    const { stdout } = succeeded(await exec(process.execPath, ["-e", program], { timeoutMs: 15_000 }));
    const totals = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Totals;
    assert.deepEqual(totals, { passed: 2, failed: 2, failures: ["a: b"] });
  });

  it("kills a command and its children at its timeout", async () => {
    const marker = path.join(directory, "marker");
    const start = Date.now();
    const command = ["sh", "-c", `(sleep 3; echo late > ${marker}) & wait`];
    assert.deepEqual(await call("check", [command, { timeoutMs: 300 }]), { passed: 0, failed: 1 });
    assert.ok(Date.now() - start < 2_500);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    assert.ok(!fs.existsSync(marker), "the process that the command had started went on");
  });
});
