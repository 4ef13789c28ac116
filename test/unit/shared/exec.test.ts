import * as assert from "node:assert/strict";

import { run, succeeds, waitFor } from "../../../shared/exec";

describe("running a command", () => {
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

  it("ends what the command started when the time is up", async () => {
    const start = Date.now();
    await assert.rejects(run("sh", ["-c", "sleep 60 & wait"], { timeoutMs: 300 }), /did not end within 0\.3 s/);
    assert.ok(Date.now() - start < 10_000);
  });

  it("fails with the name of a command that does not exist", async () => {
    await assert.rejects(run("no-such-command", []), /no-such-command/);
  });
});

describe("waiting", () => {
  it("gives back what the probe finds", async () => {
    let calls = 0;
    assert.equal(await waitFor("two", 5_000, () => Promise.resolve(++calls === 2 ? calls : undefined)), 2);
  });

  it("ends badly with what it waited for and the last answer", async () => {
    const probe = () => Promise.reject(new Error("not yet"));
    await assert.rejects(waitFor("a thing", 400, probe), /waited 0\.4 s for a thing; the last answer: not yet/);
  });
});
