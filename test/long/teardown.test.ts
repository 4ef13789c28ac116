import * as assert from "node:assert/strict";

import type { V1ConfigMap, V1Deployment, V1Namespace, V1PersistentVolumeClaim } from "@kubernetes/client-node";

import { Cluster, reference, type Reference } from "../../testing/cluster";
import { difference, listObjects, type Objects, settledObjects } from "../../testing/objects";
import { destroy, environment, type Environment } from "../support/environments";
import { peer } from "../support/tls";
import { webServer } from "../support/workloads";

const sharedNamespaces = ["backstage", "nextjs", "shared", "shared-config"];

describe("teardown of two environments on one host", function () {
  this.timeout(600_000);
  const host = Cluster.host();
  const own = sharedNamespaces.map((namespace) => reference("v1", "Secret", "e2e-own", namespace));
  let withNone: Objects;
  let withStaging: Objects;
  let dev: Environment;
  let staging: Environment;

  before(async () => {
    await destroy("dev");
    await destroy("staging");
    await host.remove(...own);
    withNone = await settledObjects(host);
    staging = await environment("staging");
    for (const secret of own) await host.apply({ ...secret, data: { value: "" } });
    await deploymentReady(staging.cluster, "kube-system", "coredns"); // the last that a new environment starts
    withStaging = await settledObjects(host);
    dev = await environment("dev");
  });
  after(async () => {
    await host.remove(...own);
    await destroy("dev");
    await destroy("staging");
  });

  it("both run at once", async () => {
    for (const { namespace, pod } of [dev, staging]) await host.podReady(namespace, pod, 10_000);
  });

  it("neither can read the other's objects", async () => {
    await inUse(dev.cluster, "e2e-only-in-dev");
    await inUse(staging.cluster, "e2e-only-in-staging");
    const inDev = await listObjects(dev.cluster);
    const inStaging = await listObjects(staging.cluster);
    for (const [objects, mine, other] of [
      [inDev, "e2e-only-in-dev", "e2e-only-in-staging"],
      [inStaging, "e2e-only-in-staging", "e2e-only-in-dev"],
    ] as const) {
      const names = [...objects.keys()];
      assert.ok(names.some((name) => name.includes(mine)));
      assert.deepEqual(
        names.filter((name) => name.includes(other)),
        [],
      );
    }
    const shared = new Set(inStaging.values());
    assert.deepEqual(
      [...inDev].filter(([, uid]) => shared.has(uid)),
      [],
      "objects with one identity in both",
    );
  });

  it("pulumi destroy of dev leaves nothing of it on the host", async () => {
    assert.notDeepEqual(difference(withStaging, await listObjects(host)), []);
    // Staging was used too meanwhile; what it runs is not what this looks for.
    await staging.cluster.remove(reference("v1", "Namespace", "e2e-only-in-staging"));
    await destroy("dev");
    await settles(host, withStaging);
  });

  it("the shared namespaces' own Secrets are still there", async () => {
    for (const secret of own) assert.ok(await host.get(secret), `${secret.metadata.namespace ?? ""}/e2e-own is gone`);
  });

  it("staging is untouched and reachable", async () => {
    const pod = await host.podReady(staging.namespace, staging.pod, 10_000);
    assert.equal(pod.metadata?.uid, withStaging.get(`/Pod ${staging.namespace}/${staging.pod}`));
    assert.deepEqual(
      pod.status?.containerStatuses?.map(({ restartCount }) => restartCount),
      [0],
    );
    assert.ok((await peer(staging.apiHost, staging.cluster.authority)).authorized);
    await staging.cluster.apply<V1ConfigMap>(reference("v1", "ConfigMap", "e2e-after", "default"));
  });

  it("pulumi destroy of the last environment leaves the host as it was before the first", async () => {
    await destroy("staging");
    await host.remove(...own);
    await settles(host, withNone, isSharedNamespace);
  });
});

/** Waits until the host has exactly these objects: controllers delete the last of them after `destroy` has ended. */
async function settles(host: Cluster, expected: Objects, ignore: (line: string) => boolean = () => false) {
  await host.waitFor(
    async () => {
      const lines = difference(expected, await listObjects(host)).filter((line) => !ignore(line));
      if (lines.length > 0) throw new Error(lines.join("\n"));
      return true;
    },
    { what: "the host to have the same objects as before", timeoutMs: 90_000, namespace: "default" },
  );
}

/** The shared namespaces belong to the host and stay, with what Kubernetes itself puts into every namespace. */
function isSharedNamespace(line: string): boolean {
  return sharedNamespaces.some((namespace) =>
    [
      `added: /Namespace -/${namespace}`,
      `added: /ServiceAccount ${namespace}/default`,
      `added: /ConfigMap ${namespace}/kube-root-ca.crt`,
    ].includes(line),
  );
}

/** A workload with everything that reaches the host: a pod, a Service, a volume. Waits until it runs. */
async function inUse(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.apply<V1Namespace>(reference("v1", "Namespace", namespace));
  const claim: Reference & V1PersistentVolumeClaim = {
    ...reference("v1", "PersistentVolumeClaim", "files", namespace),
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  };
  await cluster.apply(claim);
  const { deployment, service } = webServer({ name: "web", namespace, page: "in use", claim: "files" });
  await cluster.apply<V1Deployment>(deployment);
  await cluster.apply(service);
  await deploymentReady(cluster, namespace, "web");
}

async function deploymentReady(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const deployment = reference("apps/v1", "Deployment", name, namespace);
  await cluster.waitFor(async () => ((await cluster.get<V1Deployment>(deployment))?.status?.readyReplicas ?? 0) > 0, {
    what: `deployment ${namespace}/${name} of ${cluster.name} to be ready`,
    timeoutMs: 120_000,
    namespace,
  });
}
