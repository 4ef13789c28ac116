import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:http";

import { program } from "../../../../components/jobs/job";
import { runShipped } from "../../../support/jobs";
import { listen } from "../../../support/servers";

describe("guard job", () => {
  let server: Server;
  let port: number;
  let uid: string | undefined;

  before(async () => {
    server = createServer((request, response) => {
      assert.equal(request.method, "GET");
      const found = request.url === "/api/v1/namespaces/dev-vcluster" && uid !== undefined;
      response.writeHead(found ? 200 : 404).end(JSON.stringify(found ? { metadata: { uid } } : {}));
    });
    port = await listen(server);
  });
  after(() => {
    server.close();
  });

  function check(force = "", at = port) {
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "host", cluster: { server: `http://127.0.0.1:${at}` } }],
      contexts: [{ name: "context", context: { cluster: "host" } }],
      "current-context": "context",
    });
    const text = program("guard", { host: { kubeconfig }, environment: { name: "dev-vcluster", uid: "the-uid" } });
    return runShipped(text, "check-host", { VCLUSTER_ENVIRONMENTS_FORCE_DESTROY: force });
  }

  it("passes on the host with the environment's namespace", async () => {
    uid = "the-uid";
    assert.deepEqual(await check(), { status: 0, stdout: "", stderr: "" });
  });

  it("stops where another namespace has the name, also with the force variable", async () => {
    uid = "another";
    for (const force of ["", "true"]) {
      const { status, stderr } = await check(force);
      assert.equal(status, 1);
      assert.match(stderr, /^The namespace "dev-vcluster" at http:\S+ is not the one that this stack created/);
      assert.match(stderr, /Nothing was deleted\.\nFix: choose the cluster.* \[host-has-other-namespace\]\n$/);
    }
  });

  it("stops where the namespace does not exist, unless the force variable is set", async () => {
    uid = undefined;
    const { status, stderr } = await check();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^The namespace "dev-vcluster" of this environment does not exist at http:[^]*Fix: [^]*=true.* \[host-lacks-namespace\]\n$/,
    );
    const forced = await check("true");
    assert.equal(forced.status, 0);
    assert.match(forced.stderr, /does not exist at \S+ Going on \(force\)\.\n$/);
  });

  it("stops where the host does not answer, and tells how to empty the stack", async () => {
    const gone = createServer();
    const free = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const { status, stderr } = await check("true", free);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^The host at \S+ does not answer: connect ECONNREFUSED [^]*make forget[^]*pulumi state delete.* \[host-unreachable\]\n$/,
    );
  });
});
