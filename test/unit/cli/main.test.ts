import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";

import { checkoutDir } from "../../../shared/checkout";

function cli(...args: string[]) {
  // Without PATH: a command that was not refused would fail at its first step, not work.
  return spawnSync(process.execPath, [path.join(checkoutDir, "bin", "cli", "main.js"), ...args], {
    encoding: "utf8",
    env: { PATH: "", KUBECONFIG: "/nonexistent" },
  });
}

describe("the command line", function () {
  this.timeout(20_000);

  it("refuses unknown commands, unknown flags and extra arguments, with the usage", () => {
    for (const [args, message] of [
      [[], /^usage: /],
      [["toString"], /^Unknown command toString\.\nusage: /],
      [["expiry", "--jsn"], /^expiry: Unknown option '--jsn'[^]*\nusage: /],
      [["up", "--yes"], /^up: Unknown option '--yes'[^]*\nusage: /],
      [["down", "dev", "staging"], /^down: unexpected argument staging\nusage: /],
      [["env", "dev"], /^env: unexpected argument dev\nusage: /],
    ] as const) {
      const { status, stdout, stderr } = cli(...args);
      assert.match(stderr, message);
      assert.deepEqual([status, stdout], [1, ""]);
    }
  });

  it("lists every command in the usage", () => {
    const { stderr } = cli();
    const names = [...stderr.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name);
    assert.deepEqual(names.sort(), [
      ...["down", "env", "expiry", "host-down", "host-up", "packages", "preview", "recover"],
      ...["remove-shared-namespaces", "renew", "rotate", "up"],
    ]);
  });
});
