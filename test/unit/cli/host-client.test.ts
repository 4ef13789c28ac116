import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { hostOf } from "../../../cli/host-client";
import { findEnvironment } from "../../../cli/running-environment";

const API_URL = "https://dev-vcluster.example.org";

/** Answers `pulumi config` and `pulumi stack output` from two files beside it. */
const PULUMI = `#!/bin/sh
case "$1" in
  config) cat "$(dirname "$0")/config.json" ;;
  stack) cat "$(dirname "$0")/outputs.json" ;;
  *) exit 1 ;;
esac
`;

describe("the host cluster of a stack", () => {
  const servers: http.Server[] = [];
  let directory: string;
  let target: { stack: string; env: Record<string, string> };
  let context: { server: string; other: string };

  const listen = async (name: string) => {
    const server = http.createServer((_request, response) => response.end(JSON.stringify({ name })));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const configure = (config: Record<string, string>, outputs: Record<string, unknown> = {}) => {
    const values = Object.entries(config).map(([key, value]) => [key, { value, secret: false }]);
    fs.writeFileSync(path.join(directory, "config.json"), JSON.stringify(Object.fromEntries(values)));
    fs.writeFileSync(path.join(directory, "outputs.json"), JSON.stringify(outputs));
  };

  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    fs.writeFileSync(path.join(directory, "pulumi"), PULUMI, { mode: 0o755 });
    context = { server: await listen("the context's"), other: await listen("the other") };
    const kubeconfig = path.join(directory, "kubeconfig");
    const clusters = Object.entries(context).map(([name, server]) => ({ name, cluster: { server } }));
    const contexts = [{ name: "one", context: { cluster: "server", user: "none" } }];
    fs.writeFileSync(kubeconfig, JSON.stringify({ "current-context": "one", clusters, contexts }));
    target = {
      stack: "dev",
      env: {
        PATH: `${directory}:${process.env["PATH"] ?? ""}`,
        KUBECONFIG: kubeconfig,
        VCLUSTER_ENVIRONMENTS_OVERLAY: "",
      },
    };
  });
  after(() => {
    for (const server of servers) server.close();
    fs.rmSync(directory, { recursive: true });
  });

  it("is the cluster of the context without `kubernetes:cluster`", async () => {
    configure({});
    assert.deepEqual(await (await hostOf(target)).get("/api"), { name: "the context's" });
  });

  it("is the one that `kubernetes:cluster` names, as for `pulumi up`", async () => {
    configure({ "kubernetes:cluster": "other" });
    assert.deepEqual(await (await hostOf(target)).get("/api"), { name: "the other" });
  });

  describe("findEnvironment", () => {
    const outputs = { namespace: "dev-vcluster", apiUrl: API_URL, kubeconfig: "secret", argocdCluster: "dev-vcluster" };

    it("returns the names that the configuration gives, and the host that it selects", async () => {
      configure({ "kubernetes:cluster": "other", "vcluster-environments:domain": "example.org" }, outputs);
      const { names, host, registered } = await findEnvironment(target);
      assert.deepEqual([names.release, names.apiUrl, host.server], ["vcluster-dev-helm", API_URL, context.other]);
      assert.equal(registered, true);
    });

    it("returns the environment's own name where the stack has another", async () => {
      const config = { "vcluster-environments:domain": "example.org", "vcluster-environments:environment": "dev" };
      configure(config, outputs);
      assert.equal((await findEnvironment({ ...target, stack: "pr-1" })).names.release, "vcluster-dev-helm");
    });

    it("merges the host's overlay over the configuration", async () => {
      configure({ "vcluster-environments:domain": "example.com" }, outputs);
      const overlay = path.join(directory, "overlay.json");
      fs.writeFileSync(overlay, JSON.stringify({ domain: "example.org" }));
      const env = { ...target.env, VCLUSTER_ENVIRONMENTS_OVERLAY: overlay };
      assert.equal((await findEnvironment({ ...target, env })).names.apiUrl, API_URL);
    });

    it("refuses a stack without outputs, and one whose configuration has changed since `pulumi up`", async () => {
      configure({}, {});
      await assert.rejects(findEnvironment(target), /Stack dev has no environment.*Fix: `pulumi up --stack dev`/);
      configure({ "vcluster-environments:domain": "example.com" }, outputs);
      await assert.rejects(
        findEnvironment(target),
        /configuration names dev-vcluster and https:\/\/dev-vcluster.example.com/,
      );
    });
  });
});
