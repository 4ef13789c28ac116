import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import type { V1ConfigMap, V1PersistentVolumeClaim } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { environment, type Environment } from "../support/environments";

describe("dev environment", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const kept = reference("v1", "ConfigMap", "e2e-kept", "default");
  let dev: Environment;

  before(async () => {
    dev = await environment("dev");
  });
  after(async () => {
    await dev.cluster.remove(kept);
  });

  it("runs pod vcluster-dev-helm-0 in dev-vcluster", async () => {
    const pod = await host.podReady("dev-vcluster", "vcluster-dev-helm-0", 10_000);
    assert.equal(pod.status?.phase, "Running");
  });

  it("passes pulumi preview --expect-no-changes", async () => {
    succeeded(await dev.stack.operate("preview", ["--expect-no-changes"]));
  });

  it("keeps its objects, on the same volume, after the pod is deleted", async () => {
    const value = randomUUID();
    await dev.cluster.apply<V1ConfigMap>({ ...kept, data: { value } });
    const claim = reference("v1", "PersistentVolumeClaim", `data-${dev.pod}`, dev.namespace);
    const volume = (await host.get<V1PersistentVolumeClaim>(claim))?.spec?.volumeName;
    assert.ok(volume, "the claim of the control plane is bound to no volume");

    const pod = await host.podReady(dev.namespace, dev.pod, 10_000);
    await host.core.deleteNamespacedPod({ namespace: dev.namespace, name: dev.pod });
    await host.podReady(dev.namespace, dev.pod, 120_000, pod.metadata?.uid);

    const found = await host.waitFor(() => dev.cluster.get<V1ConfigMap>(kept), {
      what: "the object made before the delete to be read through the ingress",
      timeoutMs: 60_000,
      namespace: dev.namespace,
    });
    assert.equal(found.data?.["value"], value);
    assert.equal((await host.get<V1PersistentVolumeClaim>(claim))?.spec?.volumeName, volume);
  });
});
