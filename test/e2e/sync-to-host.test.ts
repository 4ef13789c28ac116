import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import type { V1Deployment, V1Ingress, V1Namespace, V1Service, V1ServiceAccount } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { Cluster, reference } from "../../testing/cluster";
import { waitFor } from "../../shared/wait";
import { environment, type Environment, namesOf } from "../support/environments";
import { httpGet } from "../support/tls";
import { webServer, webIngress } from "../support/workloads";

describe("objects synced to the host", function () {
  this.timeout(180_000);
  const host = Cluster.host();
  const namespace = "e2e-app";
  const appHost = `e2e-app.${namesOf("dev").apiHost}`;
  const page = randomUUID();
  /** 63 characters, as many as a name may have: what is added to it makes the syncer shorten it. */
  const longName = "e2e-".padEnd(63, "x");
  let dev: Environment;

  before(async () => {
    dev = await environment("dev");
    await dev.cluster.remove(reference("v1", "Namespace", namespace));
    await dev.cluster.apply<V1Namespace>(reference("v1", "Namespace", namespace));
  });
  after(async () => {
    await dev.cluster.remove(reference("v1", "Namespace", namespace));
  });

  const onHost = (apiVersion: string, kind: string, name: string) =>
    reference(apiVersion, kind, syncedName(name, namespace, dev.release), dev.namespace);

  for (const name of ["web", longName]) {
    it(`a ServiceAccount with a name of ${name.length} characters appears under the predicted name`, async () => {
      const clientId = randomUUID();
      await dev.cluster.apply<V1ServiceAccount>({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name, namespace, annotations: { "azure.workload.identity/client-id": clientId } },
      });
      const expected = onHost("v1", "ServiceAccount", name);
      const account = await host.waitFor(() => host.get<V1ServiceAccount>(expected), {
        what: `ServiceAccount ${expected.metadata.name} on the host`,
        timeoutMs: 60_000,
        namespace: dev.namespace,
      });
      // Azure's webhook reads it on the host's own account.
      assert.equal(account.metadata?.annotations?.["azure.workload.identity/client-id"], clientId);
    });
  }

  it("an Ingress appears under the predicted name", async () => {
    const { deployment, service } = webServer({ name: "web", namespace, page, serviceAccountName: "web" });
    await dev.cluster.apply<V1Deployment>(deployment);
    await dev.cluster.apply<V1Service>(service);
    await dev.cluster.apply(webIngress("web", namespace, appHost));
    const expected = onHost("networking.k8s.io/v1", "Ingress", "web");
    const ingress = await host.waitFor(() => host.get<V1Ingress>(expected), {
      what: `Ingress ${expected.metadata.name} on the host`,
      timeoutMs: 60_000,
      namespace: dev.namespace,
    });
    assert.deepEqual(
      ingress.spec?.rules?.map((rule) => rule.host),
      [appHost],
    );
  });

  it("the application responds on its host name", async () => {
    const answer = await waitFor(
      async () => {
        const { status, body } = await httpGet(appHost);
        if (status !== 200) throw new Error(`HTTP ${status}`);
        return body;
      },
      {
        what: `http://${appHost} to answer`,
        timeoutMs: 90_000,
        explain: async () => `${await dev.cluster.explain(namespace)}\n${await host.explain(dev.namespace)}`,
      },
    );
    assert.equal(answer.trim(), page);
  });

  it("its pod runs on the host as the synced ServiceAccount", async () => {
    const pods = (await dev.cluster.core.listNamespacedPod({ namespace, labelSelector: "app=web" })).items;
    assert.equal(pods.length, 1);
    const expected = onHost("v1", "Pod", pods[0]?.metadata?.name ?? "");
    const pod = await host.podReady(dev.namespace, expected.metadata.name, 10_000);
    assert.equal(pod.spec?.serviceAccountName, onHost("v1", "ServiceAccount", "web").metadata.name);
  });
});
