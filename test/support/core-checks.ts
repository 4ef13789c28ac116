import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import type { KubernetesObject, V1ConfigMap, V1Secret } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { Cluster, reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { listObjects } from "../../testing/objects";
import type { Stack } from "../../testing/pulumi";
import { destroy, type Environment, namesOf } from "./environments";
import { peer } from "./tls";
import { webServer } from "./workloads";
import { fromBase64 } from "../../shared/base64";

interface Application extends KubernetesObject {
  spec: Record<string, unknown>;
  status?: { sync?: { status: string }; health?: { status: string }; conditions?: unknown };
}

/** An environment under test, and what the tests need beside it. */
export interface Subject {
  name: string;
  bring: () => Promise<Environment>;
  /** The stack's keys. */
  config: Record<string, unknown>;
  /** The same stack with the other delivery. */
  otherwise: () => Promise<Stack>;
  /** Repository of a chart `web`, as Argo CD reaches it. */
  charts: () => string;
}

/** The chart for {@link Subject.charts}. */
export const webChart = {
  name: "web",
  version: "0.1.0",
  templates: {
    "web.yaml": JSON.stringify(webServer({ name: "by-argocd", namespace: "default", page: "by Argo CD" }).deployment),
  },
};

/**
 * Declares the tests that every environment passes, however it was made: they look at it from outside, from its birth to
 * its end.
 *
 * @returns what it consisted of on the host, names without its own; filled in by the tests
 */
export function coreChecks({ name, bring, config, otherwise, charts }: Subject): Set<string> {
  const host = Cluster.host();
  const consists = new Set<string>();
  const kept = reference("v1", "ConfigMap", "kept", "default");
  const application = reference("argoproj.io/v1alpha1", "Application", `${name}-web`, "argocd");
  const shared = reference("v1", "Secret", `e2e-${name}`, "shared");
  const controlPlane = config["controlPlane"] as Record<string, object>;
  let env: Environment;

  before(async () => {
    await host.remove(application, shared);
    env = await bring();
    for (const object of await ofEnvironment(host, name)) if (!MADE_UP.test(object)) consists.add(object);
  });
  after(async () => {
    await host.remove(application, shared);
    await destroy(name);
  });

  it("has its control plane running, with the limits of its configuration", async () => {
    const pod = await host.podReady(env.namespace, env.pod, 10_000);
    const { cpu, memory } = pod.spec?.containers[0]?.resources?.limits ?? {};
    assert.deepEqual({ cpu, memory }, controlPlane["limits"]);
  });

  it("answers through the ingress, with its own certificate, to the output kubeconfig", async () => {
    const { authorized, reason } = await peer(env.apiHost, env.cluster.authority);
    assert.ok(authorized, reason);
    const nodes = async ({ core }: Cluster) => (await core.listNode()).items.map(({ metadata }) => metadata?.name);
    assert.deepEqual(await nodes(env.cluster), await nodes(host));
  });

  it("receives a Secret of the host", async () => {
    const value = randomUUID();
    await host.apply<V1Secret>({ ...shared, stringData: { value } });
    const copy = reference("v1", "Secret", shared.metadata.name, "config");
    const found = await host.waitFor(() => env.cluster.get<V1Secret>(copy), {
      what: `Secret config/${copy.metadata.name} in the virtual cluster`,
      timeoutMs: 60_000,
      namespace: env.namespace,
    });
    assert.equal(fromBase64(found.data?.["value"]), value);
  });

  it("is deployed into by Argo CD, and runs the pod on the host", async () => {
    await host.apply<Application>({
      ...application,
      spec: {
        project: "default",
        destination: { name: env.argocdCluster, namespace: "default" },
        source: { repoURL: charts(), chart: webChart.name, targetRevision: webChart.version },
        syncPolicy: { automated: {} },
      },
    });
    await host.waitFor(
      async () => {
        const { sync, health, conditions } = (await host.get<Application>(application))?.status ?? {};
        if (sync?.status === "Synced" && health?.status === "Healthy") return true;
        throw new Error(JSON.stringify({ sync: sync?.status, health: health?.status, conditions }));
      },
      { what: "the Application to be Synced and Healthy", timeoutMs: 120_000, namespace: "argocd" },
    );
    const pods = await env.cluster.core.listNamespacedPod({ namespace: "default", labelSelector: "app=by-argocd" });
    const pod = syncedName(pods.items[0]?.metadata?.name ?? "", "default", env.release);
    await host.podReady(env.namespace, pod, 10_000);
    await host.remove(application);
    await env.cluster.remove(reference("apps/v1", "Deployment", "by-argocd", "default"));
  });

  it("has nothing to change at a second pulumi up, and nothing that the policy pack finds", async () => {
    const { output } = succeeded(await env.stack.operate("up", ["--expect-no-changes"]));
    assert.match(output, /✅ vcluster-environments@v/);
    assert.doesNotMatch(output, /❌|⚠|advisory|mandatory/);
  });

  it("refuses the other delivery at preview", async () => {
    const { exitCode, output } = await (await otherwise()).operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /delivery: .* \[delivery-change\]/);
  });

  it("runs with other limits as soon as pulumi up has ended, and keeps its objects", async () => {
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { name } });
    const limits = { ...controlPlane["limits"], memory: "3Gi" };
    env.stack.configure({ ...config, controlPlane: { ...controlPlane, limits } });
    await env.stack.up();
    const pod = await host.podReady(env.namespace, env.pod, 1_000);
    assert.equal(pod.spec?.containers[0]?.resources?.limits?.["memory"], "3Gi");
    assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["name"], name);
  });

  it("is gone from the host after pulumi destroy", async () => {
    assert.notEqual(consists.size, 0);
    await destroy(name);
    await host.waitFor(
      async () => {
        const left = await ofEnvironment(host, name);
        if (left.length > 0) throw new Error(left.join("\n"));
        return true;
      },
      { what: "the host to have nothing of the environment", timeoutMs: 60_000, namespace: env.namespace },
    );
  });

  return consists;
}

/** What has a name that is made up, and what the syncer makes of the virtual cluster's objects at its own time. */
const MADE_UP = /^(PersistentVolume|apps\/ControllerRevision|discovery\.k8s\.io\/EndpointSlice|metrics) |-x-/;

/** Objects of the host that belong to an environment, told by its name; the name is replaced by `<name>`. */
async function ofEnvironment(host: Cluster, name: string): Promise<string[]> {
  const { namespace, release } = namesOf(name);
  const own = new RegExp(`(?<![\\w-])(${namespace}|(vc-)?${release})|-${release}`);
  const objects = [...(await listObjects(host)).keys()].filter((object) => own.test(object));
  const volumes = (await host.core.listPersistentVolume()).items
    .filter(({ spec }) => spec?.claimRef?.namespace === namespace)
    .map(({ metadata }) => `PersistentVolume ${metadata?.name ?? ""}`);
  return [...objects, ...volumes].map((object) => object.replaceAll(name, "<name>"));
}
