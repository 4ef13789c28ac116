import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { fileBackend, refuseWhileLocked, removeTornAttributes } from "../../../cli/file-backend";

describe("a backend of files", () => {
  let backend: string;
  beforeEach(() => {
    backend = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "backend-")), ".pulumi");
  });
  afterEach(() => {
    fs.rmSync(path.dirname(backend), { recursive: true });
  });

  const write = (name: string, content: string) => {
    const file = path.join(backend, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  };

  it("is found by its URL, as Pulumi finds it", () => {
    for (const [url, directory] of [
      ["file:///var/state", "/var/state/.pulumi"],
      ["file:///var/state?metadata=skip", "/var/state/.pulumi"],
      ["file:///var/my%20state", "/var/my state/.pulumi"],
      ["file://./state", "state/.pulumi"],
      ["file://~", path.join(os.homedir(), ".pulumi")],
      ["file://~/state", path.join(os.homedir(), "state", ".pulumi")],
      ["https://api.pulumi.com", undefined],
      ["s3://bucket?region=a", undefined],
    ] as const) {
      assert.equal(fileBackend(url), directory, url);
    }
  });

  it("loses the attributes that a killed run has not written to their end, and nothing else", () => {
    const whole = JSON.stringify({ "user.content_type": "text/plain", md5: "JExQ1aoYMnPyNxrlPt7+MQ==" });
    const state = path.join("stacks", "project");
    for (const name of ["empty.json", "half.json", "whole.json"]) write(path.join(state, name), "");
    write(path.join(state, "empty.json.attrs"), "");
    write(path.join(state, "half.json.attrs"), whole.slice(0, 20));
    write(path.join(state, "whole.json.attrs"), whole);
    removeTornAttributes(backend);
    assert.deepEqual(fs.readdirSync(path.join(backend, state)), [
      "empty.json",
      "half.json",
      "whole.json",
      "whole.json.attrs",
    ]);
    removeTornAttributes(path.join(backend, "missing"));
  });

  it("is locked while the Pulumi lives that holds the lock, whatever else a killed one has left beside it", async () => {
    const locks = path.join("locks", "organization", "vcluster-environments", "dev");
    write(path.join(locks, "torn.json"), '{"pid": ');
    write(path.join(locks, "dead.json"), '{"pid": 999999999}');
    write(path.join(locks, "other.json"), JSON.stringify({ pid: process.pid }));
    refuseWhileLocked(backend, "dev");

    const pulumi = path.join(path.dirname(backend), "pulumi");
    fs.copyFileSync("/bin/sleep", pulumi);
    const child = spawn(pulumi, ["60"]);
    try {
      await once(child, "spawn");
      write(path.join(locks, "alive.json"), JSON.stringify({ pid: child.pid }));
      assert.throws(() => {
        refuseWhileLocked(backend, "dev");
      }, /locked by pulumi \(process \d+\)/);
      refuseWhileLocked(backend, "staging");
    } finally {
      child.kill();
    }
  });
});
