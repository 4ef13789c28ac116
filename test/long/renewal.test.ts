import * as assert from "node:assert/strict";
import * as path from "node:path";

import type { V1ConfigMap } from "@kubernetes/client-node";

import type { Row } from "../../cli/commands/expiry";
import { renew } from "../../cli/commands/renew";
import { findEnvironment } from "../../cli/running-environment";
import { checkoutDir } from "../../shared/checkout";
import { Cluster, reference } from "../../testing/cluster";
import { exec, succeeded } from "../../shared/exec";
import { destroy, environment, type Environment } from "../support/environments";
import { peer } from "../support/tls";
import { argocdToken, Bearer } from "../support/tokens";

const DAY_MS = 86_400_000;
/** What an authority has signed, and so is renewed. */
const LEAVES = [
  "admin.conf",
  "apiserver-etcd-client.crt",
  "apiserver-kubelet-client.crt",
  "apiserver.crt",
  "controller-manager.conf",
  "etcd-healthcheck-client.crt",
  "etcd-peer.crt",
  "etcd-server.crt",
  "front-proxy-client.crt",
  "scheduler.conf",
];
const AUTHORITIES = ["ca.crt", "client-ca.crt", "etcd-ca.crt", "front-proxy-ca.crt", "server-ca.crt"];

describe("certificates of an environment before they expire", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const kept = reference("v1", "ConfigMap", "kept", "default");
  let env: Environment;
  let token: string;
  let authority: string;

  before(async () => {
    // Without configuration, as the local host's own copy of this stack's file will be.
    env = await environment("renewal", {});
    token = await argocdToken(host, env);
    authority = env.cluster.authority;
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { is: "kept" } });
  });
  after(() => destroy("renewal"));

  /** The command as it is typed. */
  const command = (...args: string[]) =>
    exec("node", [path.join(checkoutDir, "bin", "cli", "main.js"), ...args], { cwd: checkoutDir, timeoutMs: 240_000 });
  const report = async () => {
    const { exitCode, stdout } = await command("expiry", "renewal", "--json");
    const rows = JSON.parse(stdout) as Row[];
    const inState = (state: string) => rows.filter((one) => one.state === state).map(({ name }) => name);
    return { exitCode, rows, inState };
  };
  const inCerts = (names: string[]) => names.map((name) => `${env.release}-certs: ${name}`);

  it("are all reported, with Argo CD's token, without warnings when new", async () => {
    const { exitCode, rows } = await report();
    assert.deepEqual(
      rows.map(({ name }) => name).sort(),
      [
        `certificate of ${env.apiHost}`,
        "output kubeconfig",
        "token of Argo CD",
        `vc-${env.release}: client-certificate`,
        ...inCerts([...LEAVES, ...AUTHORITIES]),
      ].sort(),
    );
    assert.deepEqual([exitCode, rows.filter(({ state }) => state !== "ok")], [0, []]);
  });

  it("cause a warning in the report and in every preview within 30 days of expiry", async () => {
    // As they will be in 340 days: made by the same program, with that much of their year behind them.
    const target = await findEnvironment({ stack: "renewal", configFile: env.stack.file });
    await renew(target, () => undefined, new Date(Date.now() - 340 * DAY_MS));
    const { exitCode, inState } = await report();
    assert.equal(exitCode, 1);
    assert.deepEqual(inState("expired"), []);
    assert.deepEqual(inState("warning"), [...inCerts(LEAVES), `vc-${env.release}: client-certificate`]);
    const { output } = succeeded(await env.stack.operate("preview"));
    assert.match(output, /10 certificates in Secret renewal-vcluster\/\S+ end soon or have ended, .*`make renew`/);
  });

  it("are renewed for a year by one command, which keeps data, CA and tokens", async () => {
    const before = await report();
    succeeded(await command("renew", "renewal"));
    const after = await report();
    assert.equal(after.exitCode, 0);
    const until = ({ rows }: typeof before, name: string) => rows.find((one) => one.name === name)?.until ?? "";
    for (const name of [...inCerts(LEAVES), `vc-${env.release}: client-certificate`, "output kubeconfig"]) {
      const [was, is] = [until(before, name), until(after, name)];
      assert.ok(was !== "" && is > was, `${name}: ${was} before, ${is} after`);
    }
    for (const name of inCerts(AUTHORITIES)) assert.equal(until(after, name), until(before, name), name);

    const outputs = await env.stack.outputs();
    const renewed = String(outputs["kubeconfig"]);
    assert.notEqual(renewed, env.kubeconfig);
    const cluster = new Cluster("the renewed cluster", renewed);
    assert.equal(cluster.authority, authority);
    assert.equal((await cluster.get<V1ConfigMap>(kept))?.data?.["is"], "kept");
    assert.ok((await peer(env.apiHost, authority)).authorized);
    // Argo CD gets another token of the same account.
    for (const valid of [token, await argocdToken(host, env)]) {
      assert.equal(await new Bearer(env, valid).status(), 200);
    }
  });

  it("cause no changes afterwards", async () => {
    succeeded(await env.stack.operate("preview", ["--expect-no-changes"]));
  });
});
