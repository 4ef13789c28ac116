import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type {
  KubernetesObject,
  V1Namespace,
  V1PersistentVolume,
  V1StatefulSet,
  V1StatefulSetSpec,
} from "@kubernetes/client-node";

import { Cluster, reference, type Reference } from "../../testing/cluster";
import { type ExecResult, succeeded } from "../../shared/exec";
import { listObjects } from "../../testing/objects";
import { application, CHARTS, exampleEnvironments } from "../support/argocd";
import { destroy, type Environment, namesOf } from "../support/environments";

describe("destroy of an environment with applications", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const others = reference("v1", "Namespace", "e2e-app-others");
  const foreign = [application("e2e-app-foreign"), application("e2e-app-foreign", others.metadata.name)];
  let environments: Record<"app-dev" | "app-staging", Environment>;

  before(async () => {
    await host.apply<V1Namespace>(others);
    await host.remove(...foreign);
    environments = await exampleEnvironments(host);
  });
  after(async () => {
    await host.remove(...foreign, others);
    for (const name of ["app-dev", "app-staging"]) await destroy(name);
    await host.remove(reference("v1", "Namespace", CHARTS));
  });

  /** Application, cluster Secret and control plane: what has to go in this order. */
  const chain = (name: string): [Reference, Reference, Reference] => {
    const { argocdCluster, release, namespace } = namesOf(name);
    return [
      application(`backstage-${name}`),
      reference("v1", "Secret", argocdCluster, "argocd"),
      reference("apps/v1", "StatefulSet", release, namespace),
    ];
  };
  const present = async (name: string) => {
    const found = await Promise.all(chain(name).map((object) => host.get<KubernetesObject>(object)));
    return found.map((object) => object !== undefined);
  };

  it("stops before any deletion while Applications of others use it, and lists them", async () => {
    const source = { repoURL: `http://charts.${CHARTS}.svc`, chart: "backstage", targetRevision: "0.1.0" };
    const namespace = "backstage";
    const [inArgocd, elsewhere] = foreign;
    const { argocdCluster, inClusterUrl: server } = namesOf("app-dev");
    await host.apply({ ...inArgocd, spec: { project: "default", source, destination: { server, namespace } } });
    const destination = { name: argocdCluster, namespace };
    await host.apply({ ...elsewhere, spec: { project: "default", source, destination } });

    const state = succeeded(await environments["app-dev"].stack.run(["stack", "--show-urns", "--stack", "app-dev"]));
    const { exitCode, output } = await environments["app-dev"].stack.tryDestroy();
    assert.notEqual(exitCode, 0);
    assert.match(output, /Applications of others point at app-dev-vcluster:/);
    assert.match(output, /- argocd\/e2e-app-foreign\n/);
    assert.match(output, /- e2e-app-others\/e2e-app-foreign\n/);
    assert.match(output, /Nothing was deleted\. Fix: delete them/);
    const after = succeeded(await environments["app-dev"].stack.run(["stack", "--show-urns", "--stack", "app-dev"]));
    // The command that waits for the Applications does nothing on a destroy, and is the first to leave the state.
    const urns = (text: string) =>
      text.match(/urn:pulumi:\S+/g)?.filter((urn) => !urn.endsWith("::app-dev-applications"));
    assert.deepEqual(urns(after.stdout), urns(state.stdout));
    const ours = await host.get<KubernetesObject>(application("backstage-app-dev"));
    assert.equal(ours?.metadata?.deletionTimestamp, undefined);
    assert.deepEqual(await present("app-dev"), [true, true, true]);
    await host.remove(...foreign);
  });

  /** Finalizers of what the Application has deployed. */
  const hold = async (finalizers: string[]) => {
    const deployment = reference("apps/v1", "Deployment", "backstage-app-dev", "backstage");
    const metadata = { ...deployment.metadata, finalizers };
    await environments["app-dev"].cluster.apply({ ...deployment, metadata });
  };

  it("stops if an Application cannot be deleted, names it, and keeps its cluster", async () => {
    await hold(["e2e.example.com/held"]);
    const { exitCode, output } = await environments["app-dev"].stack.tryDestroy();
    assert.notEqual(exitCode, 0);
    assert.match(output, /Applications that are still not deleted after 10 s:\s+- argocd\/backstage-app-dev: sync /);
    assert.match(output, /Fix: find out what blocks their deletion/);
    assert.deepEqual(await present("app-dev"), [true, true, true]);
  });

  it("deletes in order: Application, cluster in Argo CD, virtual cluster; nothing is left", async () => {
    await goesInOrder("app-dev", () => hold([]));
  });

  it("deletes in the same order, and leaves nothing, with the virtual cluster down", async () => {
    const [, , controlPlane] = chain("app-staging");
    await host.apply<V1StatefulSet & Reference>({ ...controlPlane, spec: { replicas: 0 } as V1StatefulSetSpec });
    const { namespace, pod } = environments["app-staging"];
    await host.waitFor(async () => (await host.get(reference("v1", "Pod", pod, namespace))) === undefined, {
      what: `pod ${pod} to end`,
      timeoutMs: 60_000,
      namespace,
    });
    const { output } = await goesInOrder("app-staging");
    assert.match(
      output,
      /The virtual cluster is down, so Argo CD cannot delete what argocd\/backstage-app-staging deployed/,
    );
  });

  /** @param begun called once the destroy has begun */
  async function goesInOrder(name: "app-dev" | "app-staging", begun?: () => Promise<void>): Promise<ExecResult> {
    assert.deepEqual(await present(name), [true, true, true]);
    const seen = new Set<string>();
    const end = new AbortController();
    const ended = environments[name].stack.tryDestroy().finally(() => {
      end.abort();
    });
    while (!end.signal.aborted) {
      // Back to front, so that what is deleted between two questions cannot look as if it had gone in the wrong order.
      const found: boolean[] = [];
      for (const object of chain(name).reverse())
        found.unshift((await host.get<KubernetesObject>(object)) !== undefined);
      if (seen.size === 0) await begun?.();
      seen.add(found.join());
      await delay(50);
    }
    const result = succeeded(await ended);
    const right = ["true,true,true", "false,true,true", "false,false,true", "false,false,false"];
    assert.deepEqual(
      [...seen].filter((state) => !right.includes(state)),
      [],
      "Application, Secret, control plane",
    );
    assert.ok(seen.has("false,true,true") || seen.has("false,false,true"), [...seen].join(" "));
    await nothingIsLeft(name);
    return result;
  }

  async function nothingIsLeft(name: "app-dev" | "app-staging"): Promise<void> {
    const state = succeeded(await environments[name].stack.run(["stack", "export", "--stack", name])).stdout;
    assert.deepEqual((JSON.parse(state) as { deployment: { resources?: unknown[] } }).deployment.resources ?? [], []);
    await host.waitFor(
      async () => {
        const objects = [...(await listObjects(host)).keys()].filter((line) => line.includes(name));
        const volumes = (await host.core.listPersistentVolume()).items
          .filter(({ spec }: V1PersistentVolume) => spec?.claimRef?.namespace === namesOf(name).namespace)
          .map(({ metadata }) => `PersistentVolume ${metadata?.name ?? ""}`);
        const left = [...objects, ...volumes];
        if (left.length > 0) throw new Error(left.join("\n"));
        return true;
      },
      { what: `the host to have no object of ${name}`, timeoutMs: 60_000, namespace: "default" },
    );
  }
});
