import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";

import { confirmGone, objectsIn } from "../../../cli/commands/forget";
import { checkoutDir } from "../../../shared/checkout";
import { listen } from "../../support/servers";

const STATE = {
  deployment: {
    resources: [
      { type: "pulumi:pulumi:Stack" },
      { type: "pulumi:providers:kubernetes", id: "the-provider" },
      { type: "kubernetes:core/v1:Namespace", id: "shared", retainOnDelete: true },
      { type: "kubernetes:core/v1:Namespace", id: "dev-vcluster" },
      { type: "kubernetes:helm.sh/v3:Release", id: "dev-vcluster/vcluster-dev-helm" },
      { type: "kubernetes:core/v1:Secret", id: "dev-vcluster/read-only", external: true },
      { type: "command:local:Command", id: "dev-readiness" },
    ],
  },
};

describe("make forget", function () {
  this.timeout(60_000);
  let server: Server;
  let port: number;
  let directory: string;
  const backups: string[] = [];

  before(async () => {
    // Any answer counts, an error too.
    server = createServer((_, response) => response.writeHead(503).end());
    port = await listen(server);
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "forget-"));
    const pulumi = `#!/bin/sh\necho "$*" >>'${directory}/calls'\n[ "$1" = config ] && echo '{}'\n[ "$2" = export ] && cat '${directory}/state'\ntrue\n`;
    fs.writeFileSync(path.join(directory, "pulumi"), pulumi, { mode: 0o755 });
    fs.writeFileSync(path.join(directory, "state"), JSON.stringify(STATE));
  });
  after(() => {
    server.close();
    for (const backup of backups) fs.rmSync(backup, { force: true });
    fs.rmSync(directory, { recursive: true });
  });

  /** Runs the command with a host at a port of this machine. */
  async function run(server: string, flags: string[] = [], cluster: object = {}) {
    const kubeconfig = path.join(directory, "kubeconfig");
    const content = {
      clusters: [{ name: "host", cluster: { server, ...cluster } }],
      contexts: [{ name: "context", context: { cluster: "host" } }],
      "current-context": "context",
    };
    fs.writeFileSync(kubeconfig, JSON.stringify(content));
    fs.rmSync(path.join(directory, "calls"), { force: true });
    const child = spawn(
      process.execPath,
      [path.join(checkoutDir, "bin", "cli", "main.js"), "forget", "dev", ...flags],
      {
        env: { PATH: `${directory}:/usr/bin:/bin`, KUBECONFIG: kubeconfig, XDG_CACHE_HOME: directory },
      },
    );
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once("close", resolve)),
    ]);
    const [backup] = /\/\S+-state-\S+\.json/.exec(stdout) ?? [];
    if (backup !== undefined) backups.push(backup);
    const calls = fs.readFileSync(path.join(directory, "calls"), "utf8");
    const emptied = calls.includes("state delete --all --force --yes --stack dev");
    return { status, stdout, stderr, calls, backup, emptied };
  }

  const at = (number: number) => `http://127.0.0.1:${number}`;
  const confirmed = (server: string) => ["--gone", server];

  async function closedPort(): Promise<number> {
    const closed = createServer();
    const free = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    return free;
  }

  it("lists the objects that a destroy would delete", () => {
    assert.deepEqual(objectsIn(STATE), ["Namespace dev-vcluster", "Release dev-vcluster/vcluster-dev-helm"]);
  });

  it("changes nothing while the host answers", async () => {
    const { status, stderr, emptied } = await run(at(port), confirmed(at(port)));
    assert.deepEqual([status, emptied], [1, false]);
    assert.match(stderr, /^The host at \S+ answers\. Nothing was changed\. Fix: `pulumi destroy`/);
  });

  it("changes nothing where one of several requests is answered", async () => {
    const free = await closedPort();
    const late = createServer((_, response) => response.end());
    setTimeout(() => late.listen(free, "127.0.0.1"), 300);
    await assert.rejects(confirmGone(at(free), 200), /answers/);
    late.close();
  });

  it("lists what is left on a host that does not answer, and empties the stack of a confirmed server only", async () => {
    const gone = at(await closedPort());
    const asked = await run(gone);
    assert.deepEqual([asked.status, asked.emptied], [0, false]);
    assert.match(
      asked.stdout,
      /\(context "context" of KUBECONFIG \S+\) does not answer: the connection was refused\. The stack dev has there:\n {2}- Namespace/,
    );
    assert.ok(
      asked.stdout.endsWith(`\`make forget STACK=dev GONE=${gone}\` empties the stack without deleting any of it.\n`),
    );
    assert.doesNotMatch(asked.stdout, /VPN/);
    const other = await run(gone, confirmed("https://other.example.org"));
    assert.deepEqual([other.status, other.emptied], [1, false]);
    assert.match(
      other.stderr,
      /^GONE is https:\/\/other\.example\.org, but .* is at http:\S+ .*\[host-not-confirmed\]\n$/,
    );
    const { status, stdout, emptied } = await run(gone, confirmed(`${gone}/`));
    assert.deepEqual([status, emptied], [0, true]);
    assert.match(
      stdout,
      /- Release dev-vcluster\/vcluster-dev-helm\nThe state was saved in [^]*\nThe stack is empty; /,
    );
  });

  it("saves the state as it is in the backend before it empties it, for this user only, and names the command", async () => {
    const gone = at(await closedPort());
    const { stdout, backup = "", calls } = await run(gone, confirmed(gone));
    assert.deepEqual(JSON.parse(fs.readFileSync(backup, "utf8")), STATE);
    assert.equal(fs.statSync(backup).mode & 0o777, 0o600);
    assert.equal(path.dirname(backup), checkoutDir);
    assert.ok(stdout.includes(`\n  pulumi stack import --stack dev --file '${backup}'\n`), stdout);
    assert.match(calls, /\nstack export --stack dev\nstate delete /);
  });

  it("does not take a name without an address for a proof, and empties the stack of a confirmed one", async () => {
    const gone = "http://host.invalid:6443";
    const asked = await run(gone);
    assert.deepEqual([asked.status, asked.emptied], [0, false]);
    assert.match(asked.stdout, /its name has no address[^]*\nThat does not show that it is gone: .*VPN/);
    assert.equal((await run(gone, confirmed(gone))).emptied, true);
  });

  it("names another way for a host behind a proxy", async () => {
    const { status, stderr, emptied } = await run(at(1), [], { "proxy-url": "http://127.0.0.1:2" });
    assert.deepEqual([status, emptied], [1, false]);
    assert.match(
      stderr,
      /`pulumi stack export --stack dev .*`pulumi state delete --all --force --stack dev`\. \[host-not-direct\]/,
    );
  });
});
