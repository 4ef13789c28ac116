import * as assert from "node:assert/strict";

import { run, succeeds } from "../../../shared/exec";
import { waitFor } from "../../../shared/wait";

describe("run", () => {
  it("returns stdout and reports lines of both streams", async () => {
    const lines: string[] = [];
    const output = await run("sh", ["-c", "echo out; echo err >&2"], { onLine: (line) => lines.push(line) });
    assert.equal(output, "out\n");
    assert.deepEqual(lines.sort(), ["err", "out"]);
  });

  it("fails with the command, its exit code and the end of its output", async () => {
    await assert.rejects(run("sh", ["-c", "seq 100; exit 3"]), (error: Error) => {
      assert.match(error.message, /^sh -c seq 100; exit 3 ended with 3\n/);
      assert.ok(error.message.endsWith("99\n100"), error.message);
      assert.ok(!error.message.includes("\n50\n"), "the whole output is in the message");
      return true;
    });
    assert.equal(await succeeds("false", []), false);
  });

  it("kills the command's children at the timeout", async () => {
    const start = Date.now();
    await assert.rejects(run("sh", ["-c", "sleep 60 & wait"], { timeoutMs: 300 }), /did not end within 0\.3 s/);
    assert.ok(Date.now() - start < 10_000);
  });

  it("kills them when its signal is aborted", async () => {
    const start = Date.now();
    await assert.rejects(
      run("sh", ["-c", "sleep 60 & wait"], { signal: AbortSignal.timeout(300) }),
      /was ended by a signal/,
    );
    assert.ok(Date.now() - start < 10_000);
  });

  it("runs more than ten commands at a time without a warning of too many listeners", async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on("warning", onWarning);
    try {
      await Promise.all(Array.from({ length: 12 }, () => run("sleep", ["0.1"])));
      await new Promise(setImmediate); // warnings are emitted a tick later
    } finally {
      process.removeListener("warning", onWarning);
    }
    assert.deepEqual(warnings, []);
  });

  it("fails with the name of a command that does not exist", async () => {
    await assert.rejects(run("no-such-command", []), /no-such-command/);
  });
});

describe("waitFor", () => {
  it("returns what the probe finds", async () => {
    let calls = 0;
    assert.equal(await waitFor(() => ++calls === 2 && calls, { what: "two", timeoutMs: 5_000 }), 2);
  });

  it("fails with what it waited for and the last error", async () => {
    const probe = () => Promise.reject(new Error("not yet"));
    await assert.rejects(
      waitFor(probe, { what: "a thing", timeoutMs: 400 }),
      /waited 0\.4 s for a thing\nthe last attempt: not yet/,
    );
  });
});
