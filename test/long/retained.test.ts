import * as assert from "node:assert/strict";

import type { V1ConfigMap } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import { destroy, environment, type Environment } from "../support/environments";
import { argocdToken, Bearer } from "../support/tokens";

const name = "retained";
const config = {
  persistence: { retain: true },
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" } },
  // How long the jobs in the state wait for an unreachable API.
  readiness: { timeoutSeconds: 60 },
};

describe("an environment with a retained volume", function () {
  this.timeout(900_000);
  const host = Cluster.host();
  const kept = { ...reference("v1", "ConfigMap", "kept", "default"), data: { is: "kept" } };
  let env: Environment;
  let token: string;

  before(async () => {
    env = await environment(name, config);
    await env.cluster.apply(kept);
    token = await argocdToken(host, env);
    assert.equal(await new Bearer(env, token).status(), 200);
  });
  after(async () => {
    env.stack.configure({ ...config, persistence: { retain: false } });
    await env.stack.up();
    await destroy(name);
  });

  it("does not destroy before Argo CD's token is revoked: with the control plane down it stops", async () => {
    const statefulSet = reference("apps/v1", "StatefulSet", env.release, env.namespace);
    await host.merge(statefulSet, { spec: { replicas: 0 } });
    const { exitCode, output } = await env.stack.tryDestroy();
    assert.notEqual(exitCode, 0);
    assert.match(output, /Argo CD's token is not revoked/);
    await host.merge(statefulSet, { spec: { replicas: 1 } });
    await host.podReady(env.namespace, env.pod, 120_000);
  });

  it("revokes the token by its destroy, and keeps the data", async () => {
    await env.stack.destroy();
    const { output } = await env.stack.operate("preview");
    const [, annotate] = /`(kubectl annotate [^`]+)`/.exec(output) ?? [];
    assert.ok(annotate, output);
    succeeded(await exec("bash", ["-ec", annotate], { cwd: checkoutDir, timeoutMs: 60_000 }));
    await env.stack.up();
    assert.deepEqual((await env.cluster.get<V1ConfigMap>(kept))?.data, kept.data);
    assert.equal(await new Bearer(env, await argocdToken(host, env)).status(), 200);
    assert.equal(await new Bearer(env, token).status(), 401);
  });
});
