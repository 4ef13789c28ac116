import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../../../shared/checkout";

/** Records its arguments, and answers the questions of `recover`. */
const PULUMI = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
case "$1 $2" in
  "whoami --json") echo '{"url": "https://api.pulumi.com"}' ;;
  "stack export" | "stack output" | "config --json") echo '{}' ;;
esac
`;

function cli(...args: string[]) {
  // Without PATH: a command that was not refused would fail at its first step, not work.
  return spawnSync(process.execPath, [path.join(checkoutDir, "bin", "cli", "main.js"), ...args], {
    encoding: "utf8",
    env: { PATH: "", KUBECONFIG: "/nonexistent" },
  });
}

describe("command line", function () {
  this.timeout(20_000);

  it("rejects unknown commands, unknown flags and extra arguments, with the usage", () => {
    for (const [args, message] of [
      [[], /^usage: /],
      [["toString"], /^Unknown command toString\.\nusage: /],
      [["expiry", "--jsn"], /^expiry: Unknown option '--jsn'[^]*\nusage: /],
      [["up", "--yes"], /^up: Unknown option '--yes'[^]*\nusage: /],
      [["down", "dev", "staging"], /^down: unexpected argument staging\nusage: /],
      [["expiry", "--namespace", "a"], /^expiry: Unknown option '--namespace'[^]*\nusage: /],
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
      ...[
        "build-vcluster",
        "build-yaml",
        "doctor",
        "down",
        "env",
        "expiry",
        "forget",
        "host-down",
        "host-up",
        "list",
        "packages",
        "preview",
        "recover",
      ],
      ...["refused", "remove-shared-namespaces", "renew", "rotate", "up", "upgrade"],
    ]);
  });

  it("ends a doctor that cannot look with status 2", () => {
    for (const args of [["--namespace", "a", "--release", "b"], ["--namespace", "a"], ["--jsn"], ["dev", "staging"]]) {
      const { status, stderr } = cli("doctor", ...args);
      assert.equal(status, 2, args.join(" "));
      assert.notEqual(stderr, "");
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });

  describe("on an existing cluster", () => {
    let directory: string;

    beforeEach(() => {
      directory = fs.mkdtempSync(path.join(os.tmpdir(), "cli-"));
      fs.writeFileSync(path.join(directory, "pulumi"), PULUMI, { mode: 0o755 });
    });
    afterEach(() => {
      fs.rmSync(directory, { recursive: true });
    });

    const invoke = (...args: string[]) =>
      spawnSync(process.execPath, [path.join(checkoutDir, "bin", "cli", "main.js"), ...args], {
        encoding: "utf8",
        env: { PATH: `${directory}:/usr/bin:/bin`, KUBECONFIG: "/nonexistent", XDG_CACHE_HOME: directory },
      });

    /** Runs a command and returns what it called Pulumi with. */
    const calls = (...args: string[]) => {
      const { status, stderr } = invoke(...args);
      assert.equal(status, 0, stderr);
      return called();
    };
    const called = () => {
      const lines = fs.readFileSync(path.join(directory, "calls"), "utf8").trim().split("\n");
      return lines.map((line) => line.replace(path.join(checkoutDir, "policy"), "POLICY"));
    };

    it("reports an environment as ready only after it has looked", () => {
      // Pulumi succeeds, but there is no environment.
      const { status, stdout, stderr } = invoke("up");
      assert.equal(status, 1);
      assert.match(stderr, /Stack dev has no environment: outputs are missing/);
      assert.doesNotMatch(stdout, /ready/);
    });

    it("runs Pulumi once for up, preview and down", () => {
      invoke("up");
      const up = called();
      assert.equal(up[0], "up --yes --stack dev --policy-pack POLICY --non-interactive");
      assert.equal(up.filter((line) => line.startsWith("up ")).length, 1);
      assert.deepEqual(calls("preview", "dev", "staging").slice(up.length), [
        "preview --stack dev --policy-pack POLICY --non-interactive",
        "preview --stack staging --policy-pack POLICY --non-interactive",
      ]);
      assert.deepEqual(calls("down", "staging").slice(up.length + 2), [
        "stack export --stack staging",
        "destroy --yes --stack staging --non-interactive",
      ]);
    });

    it("sets argocd.rotation to the current time and applies it", () => {
      const [set, ...rest] = calls("rotate", "staging");
      assert.match(set ?? "", /^config set --path argocd\.rotation \d{4}-\S+Z --stack staging --non-interactive$/);
      assert.deepEqual(rest, [
        "preview --stack staging --policy-pack POLICY --non-interactive",
        "up --yes --stack staging --policy-pack POLICY --non-interactive",
      ]);
    });

    it("leaves the stack's file as it was where the preview refuses the rotation", () => {
      const file = path.join(checkoutDir, "Pulumi.unit-rotate.yaml");
      const pulumi = `${PULUMI}
case "$1" in
  config) echo changed >>'${file}' ;;
  preview) exit 1 ;;
esac
`;
      fs.writeFileSync(path.join(directory, "pulumi"), pulumi, { mode: 0o755 });
      fs.writeFileSync(file, "config: {}\n");
      try {
        const { status, stderr } = invoke("rotate", "unit-rotate");
        assert.equal(status, 1);
        assert.match(stderr, /nothing was changed.* \[rotation-refused\]/);
        assert.equal(fs.readFileSync(file, "utf8"), "config: {}\n");
        assert.deepEqual(
          called().map((line) => line.split(" ")[0]),
          ["config", "preview"],
        );
      } finally {
        fs.rmSync(file);
      }
    });

    it("cancels a killed run and refreshes, for recover", () => {
      invoke("recover");
      assert.deepEqual(called().slice(0, 4), [
        "whoami --json",
        "cancel --yes --stack dev",
        "stack export --stack dev",
        "up --yes --skip-preview --refresh --stack dev --policy-pack POLICY --non-interactive",
      ]);
    });
  });
});
