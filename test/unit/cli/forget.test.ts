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
    fs.rmSync(directory, { recursive: true });
  });

  /** Runs the command with a host at a port of this machine. */
  async function run(at: number, ...flags: string[]) {
    const kubeconfig = path.join(directory, "kubeconfig");
    const content = {
      clusters: [{ name: "host", cluster: { server: `http://127.0.0.1:${at}` } }],
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
    const calls = fs.readFileSync(path.join(directory, "calls"), "utf8");
    return { status, stdout, stderr, emptied: calls.includes("state delete --all --force --yes --stack dev") };
  }

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
    const { status, stderr, emptied } = await run(port, "--yes");
    assert.deepEqual([status, emptied], [1, false]);
    assert.match(stderr, /^The host at \S+ answers\. Nothing was changed\. Fix: `pulumi destroy`/);
  });

  it("changes nothing where one of several requests is answered", async () => {
    const free = await closedPort();
    const late = createServer((_, response) => response.end());
    setTimeout(() => late.listen(free, "127.0.0.1"), 300);
    await assert.rejects(confirmGone(`http://127.0.0.1:${free}`, 200), /answers/);
    late.close();
  });

  it("lists what is left on a host that does not answer, and empties the stack with --yes only", async () => {
    const free = await closedPort();
    const asked = await run(free);
    assert.deepEqual([asked.status, asked.emptied], [0, false]);
    assert.match(
      asked.stdout,
      /does not answer: the connection was refused\. The stack dev has there:\n {2}- Namespace/,
    );
    assert.match(asked.stdout, /Nothing was changed\. .*YES=1/);
    const { status, stdout, emptied } = await run(free, "--yes");
    assert.deepEqual([status, emptied], [0, true]);
    assert.match(stdout, /- Release dev-vcluster\/vcluster-dev-helm\nThe stack is empty; none of it was deleted\./);
  });
});
