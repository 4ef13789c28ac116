import * as assert from "node:assert/strict";

import type { V1Namespace, V1Role, V1Secret } from "@kubernetes/client-node";

import { removeNamespace, sharedNamespaces } from "../../cli/commands/shared-namespaces";
import { connect } from "../../host/client";
import { Cluster, reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { Stack } from "../../testing/pulumi";
import { destroy, environment, type Environment } from "../support/environments";

const name = "dia-shared";
const foreign = reference("v1", "Namespace", "dia-shared-foreign");
const used = reference("v1", "Namespace", "dia-shared-used");
const empty = reference("v1", "Namespace", "dia-shared-empty");
const secret = reference("v1", "Secret", "app-config", used.metadata.name);

const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  argocd: { register: false },
  sync: {
    secrets: { [`${foreign.metadata.name}/*`]: "foreign/*", [`${used.metadata.name}/*`]: "used/*" },
    configMaps: { [`${empty.metadata.name}/*`]: "empty/*" },
  },
};

describe("shared namespaces", function () {
  this.timeout(600_000);
  const host = Cluster.host();
  const client = connect({ env: process.env });
  let env: Environment;

  before(async () => {
    await (await Stack.open(name, { config })).destroy();
    await host.remove(foreign, used, empty);
    const labels = { team: "payments", "kubernetes.io/metadata.name": foreign.metadata.name };
    await host.apply<V1Namespace>({ ...foreign, metadata: { ...foreign.metadata, labels } });
    env = await environment(name, config);
    await host.apply<V1Secret>({ ...secret, data: { password: "" } });
  });
  after(async () => {
    await destroy(name);
    await host.remove(foreign, used, empty);
  });

  it("keep existing labels of others", async () => {
    const { labels } = (await host.get<V1Namespace>(foreign))?.metadata ?? {};
    assert.equal(labels?.["team"], "payments");
    assert.equal(labels["vcluster-environments/shared-namespace"], "true");
  });

  it("are recreated by up --refresh, with the syncer's Role, after a manual deletion", async () => {
    await host.remove(empty);
    succeeded(await env.stack.operate("up", ["--refresh"]));
    assert.ok(await host.get<V1Namespace>(empty));
    assert.ok(
      await host.get<V1Role>(reference("rbac.authorization.k8s.io/v1", "Role", env.release, empty.metadata.name)),
    );
  });

  it("are kept while an environment reads them", async () => {
    assert.match((await verdicts())[empty.metadata.name] ?? "", /^it holds Role vcluster-dia-shared-helm, RoleBinding/);
  });

  it("are kept when the environment is destroyed, with objects of others", async () => {
    await destroy(name);
    for (const object of [foreign, used, empty, secret]) assert.ok(await host.get(object), object.metadata.name);
  });

  it("are deleted only if created by an environment and empty", async () => {
    const said = await verdicts();
    assert.deepEqual(said, {
      [foreign.metadata.name]: "it was created or changed by e2e",
      [used.metadata.name]: "it holds Secret app-config",
      [empty.metadata.name]: undefined,
    });
  });

  it("are deleted one at a time, and not if recreated meanwhile", async () => {
    const all = await sharedNamespaces(client);
    const verdict = all.find(({ namespace }) => namespace === empty.metadata.name);
    assert.ok(verdict);
    await assert.rejects(removeNamespace(client, { ...verdict, uid: "00000000-0000-0000-0000-000000000000" }));
    assert.ok(await host.get(empty));
    await removeNamespace(client, verdict);
    assert.equal(await host.get(empty), undefined);
    assert.ok(await host.get(secret));
  });

  /** Why each of this test's namespaces is kept. */
  async function verdicts(): Promise<Record<string, string | undefined>> {
    const own: string[] = [foreign, used, empty].map(({ metadata }) => metadata.name);
    const all = await sharedNamespaces(client);
    return Object.fromEntries(
      all.filter(({ namespace }) => own.includes(namespace)).map(({ namespace, kept }) => [namespace, kept]),
    );
  }
});
