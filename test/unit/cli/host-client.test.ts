import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";

import { hostOf } from "../../../cli/host-client";
import { findEnvironment } from "../../../cli/running-environment";
import { listen } from "../../support/servers";

const API_URL = "https://dev-vcluster.example.org";

const MARKS = { annotations: { "vcluster-environments/identity": "own" } };

/** Answers `pulumi config`, `pulumi stack output` and `pulumi stack export` from files beside it. */
const PULUMI = `#!/bin/sh
case "$1 $2" in
  "config "*) cat "$(dirname "$0")/config.json" ;;
  "stack output") cat "$(dirname "$0")/outputs.json" ;;
  "stack export") cat "$(dirname "$0")/state.json" ;;
  *) exit 1 ;;
esac
`;

describe("connectHost", () => {
  const servers: http.Server[] = [];
  let directory: string;
  const target = { stack: "dev" };
  const environment = { ...process.env };
  let context: { server: string; other: string; namesake: string };

  const serve = async (name: string) => {
    const server = http.createServer((request, response) => {
      const isNamespace = request.url === "/api/v1/namespaces/dev-vcluster";
      response.end(JSON.stringify(isNamespace ? { metadata: name === "the namesake's" ? {} : MARKS } : { name }));
    });
    servers.push(server);
    return `http://127.0.0.1:${await listen(server)}`;
  };
  const configure = (config: Record<string, string>, outputs: Record<string, unknown> = {}) => {
    const values = Object.entries(config).map(([key, value]) => [key, { value, secret: false }]);
    fs.writeFileSync(path.join(directory, "config.json"), JSON.stringify(Object.fromEntries(values)));
    fs.writeFileSync(path.join(directory, "outputs.json"), JSON.stringify(outputs));
  };

  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    fs.writeFileSync(path.join(directory, "pulumi"), PULUMI, { mode: 0o755 });
    const namespace = { type: "kubernetes:core/v1:Namespace", id: "dev-vcluster", inputs: { metadata: MARKS } };
    const state = { deployment: { resources: [namespace] } };
    fs.writeFileSync(path.join(directory, "state.json"), JSON.stringify(state));
    const namesake = await serve("the namesake's");
    context = { server: await serve("the context's"), other: await serve("the other"), namesake };
    const kubeconfig = path.join(directory, "kubeconfig");
    const clusters = Object.entries(context).map(([name, server]) => ({ name, cluster: { server } }));
    const contexts = [{ name: "one", context: { cluster: "server", user: "none" } }];
    fs.writeFileSync(kubeconfig, JSON.stringify({ "current-context": "one", clusters, contexts }));
    const PATH = `${directory}:${process.env["PATH"] ?? ""}`;
    Object.assign(process.env, { PATH, KUBECONFIG: kubeconfig, VCLUSTER_ENVIRONMENTS_OVERLAY: "" });
  });
  after(() => {
    process.env = environment;
    for (const server of servers) server.close();
    fs.rmSync(directory, { recursive: true });
  });

  it("uses the context's cluster without `kubernetes:cluster`", async () => {
    configure({});
    assert.deepEqual(await (await hostOf(target)).get("/api"), { name: "the context's" });
  });

  it("uses `kubernetes:cluster`, as `pulumi up` does", async () => {
    configure({ "kubernetes:cluster": "other" });
    assert.deepEqual(await (await hostOf(target)).get("/api"), { name: "the other" });
  });

  describe("findEnvironment", () => {
    const outputs = { namespace: "dev-vcluster", apiUrl: API_URL, kubeconfig: "secret", argocdCluster: "dev-vcluster" };

    it("returns the configured names and the selected host", async () => {
      configure({ "kubernetes:cluster": "other", "vcluster-environments:domain": "example.org" }, outputs);
      const { names, host, registered } = await findEnvironment(target);
      assert.deepEqual([names.release, names.apiUrl, host.server], ["vcluster-dev-helm", API_URL, context.other]);
      assert.equal(registered, true);
    });

    it("rejects a host whose namespace of that name is not the stack's", async () => {
      configure({ "kubernetes:cluster": "namesake", "vcluster-environments:domain": "example.org" }, outputs);
      await assert.rejects(findEnvironment(target), {
        code: "host-lacks-namespace",
        message: /no namespace dev-vcluster/,
      });
    });

    it("returns the name of the environment if the stack has another", async () => {
      const config = { "vcluster-environments:domain": "example.org", "vcluster-environments:environment": "dev" };
      configure(config, outputs);
      assert.equal((await findEnvironment({ stack: "pr-1" })).names.release, "vcluster-dev-helm");
    });

    it("returns the port of the ingress controller", async () => {
      configure({ "vcluster-environments:domain": "example.org" }, { ...outputs, apiUrl: `${API_URL}:8443` });
      assert.equal((await findEnvironment(target)).names.apiPort, 8443);
    });

    it("merges the host's overlay over the configuration", async () => {
      configure({ "vcluster-environments:domain": "example.com" }, outputs);
      const overlay = path.join(directory, "overlay.json");
      fs.writeFileSync(overlay, JSON.stringify({ domain: "example.org" }));
      process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] = overlay;
      assert.equal((await findEnvironment(target)).names.apiUrl, API_URL);
      process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] = "";
    });

    it("rejects a stack without outputs, and one whose configuration has changed since `pulumi up`", async () => {
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
