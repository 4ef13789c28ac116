import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { V1ConfigMap, V1Namespace } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import type { Application } from "../support/argocd";
import { chartRepository } from "../support/chart-repository";
import { destroy, environment, type Environment, namesOf } from "../support/environments";
import { SyncLog } from "../support/sync-log";
import { argocdToken, Bearer } from "../support/tokens";

const repository = reference("v1", "Namespace", "rotation-charts");
const repoURL = `http://charts.${repository.metadata.name}.svc`;
/** Nothing is copied from the host: this is about Argo CD. */
const sync = { secrets: { "/none": "config/none" }, configMaps: { "/none": "config/none" } };
const scope = { namespaces: ["team-a", "team-b"], sources: [repoURL] };

describe("Argo CD's token", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const application = reference("argoproj.io/v1alpha1", "Application", "rotation-load", "argocd");
  let env: Environment;
  /** Somebody without any rights of his own, to compare with. */
  let nobody: Bearer;
  let first: Bearer;

  before(async () => {
    await host.remove(application);
    env = await environment("rotation", { sync, argocd: scope });
    await env.cluster.apply(reference("v1", "ServiceAccount", "nobody", "default"));
    const { status } = await env.cluster.core.createNamespacedServiceAccountToken({
      name: "nobody",
      namespace: "default",
      body: { spec: { audiences: [], expirationSeconds: 3600 } },
    });
    nobody = new Bearer(env, status?.token ?? "");
    first = new Bearer(env, await argocdToken(host, env));
  });
  after(async () => {
    await host.remove(application); // while its cluster is there
    await host.remove(repository);
    await destroy("rotation");
  });

  const change = async (argocd: object) => {
    env.stack.configure({ sync, argocd });
    const { output } = succeeded(await env.stack.operate("up", ["--skip-preview"]));
    assert.doesNotMatch(output, /this update restores it/, "a change of the configuration is no drift");
    return new Bearer(env, await argocdToken(host, env));
  };
  const accounts = async () => {
    const all = await env.cluster.core.listNamespacedServiceAccount({ namespace: "kube-system" });
    return all.items.map(({ metadata }) => metadata?.name ?? "").filter((name) => name.startsWith("argocd-manager"));
  };

  it("belongs to a service account outside of administrator groups", async () => {
    const { name, groups } = await first.who();
    assert.equal(name, `system:serviceaccount:kube-system:${(await accounts()).join()}`);
    assert.deepEqual(groups, ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:kube-system"]);
  });

  it("has all rights in listed namespaces, which are created, and none elsewhere", async () => {
    for (const namespace of scope.namespaces) {
      const [rest, all] = split(await first.rules(namespace), await nobody.rules(namespace));
      assert.deepEqual([rest, all], [["* */*"], []], namespace);
    }
    for (const namespace of ["default", "kube-system"]) {
      assert.deepEqual(await first.rules(namespace), await nobody.rules(namespace), namespace);
    }
    const cases: [string, string, string | undefined, boolean][] = [
      ["create", "deployments.apps", "team-a", true],
      ["delete", "secrets", "team-b", true],
      ["get", "namespaces", "team-a", true],
      ["get", "secrets", "default", false],
      ["list", "secrets", undefined, false],
      ["create", "namespaces", undefined, false],
      ["delete", "namespaces", "default", false],
      ["get", "nodes", undefined, false],
      ["create", "clusterrolebindings.rbac.authorization.k8s.io", undefined, false],
      ["impersonate", "users", undefined, false],
      ["*", "*.*", undefined, false],
    ];
    for (const [verb, kind, namespace, allowed] of cases) {
      assert.equal(await first.can(verb, kind, namespace), allowed, `${verb} ${kind} in ${namespace ?? "all"}`);
    }
  });

  it("is rotated under load without a failed sync, and the old one is rejected within a minute", async () => {
    await host.apply<V1Namespace>(repository);
    await chartRepository(host, repository.metadata.name, {
      name: "load",
      version: "0.1.0",
      templates: { "map.yaml": configMap },
    });
    const log = new SyncLog();
    const load = new Load(host, application);
    // Argo CD may look for the first time before the new repository's Service leads anywhere.
    await load.update();
    await load.synced(env.cluster);
    await log.start(host, "argocd", application.metadata.name);
    try {
      load.start();
      const second = await change({ ...scope, rotation: "second" });
      await host.waitFor(async () => (await first.status()) === 401, {
        what: "the old token to be refused",
        timeoutMs: 60_000,
        namespace: env.namespace,
      });
      assert.equal(await second.status(), 200);
      assert.equal((await accounts()).length, 1);
      assert.equal((await second.who()).name, `system:serviceaccount:kube-system:${(await accounts()).join()}`);
      // Argo CD has it, too: what is changed from now on arrives.
      await load.stop();
      await load.update();
      await load.synced(env.cluster);
    } finally {
      await load.stop();
      log.stop();
    }
    assert.deepEqual([...log.errors], []);
    assert.ok(log.ended.size >= 5, `only ${log.ended.size} syncs for ${load.count} updates`);
    assert.deepEqual([...new Set(log.ended.values())], ["Succeeded"]);
  });

  it("has also access to all cluster-scoped kinds with clusterResources, and to no others", async () => {
    const before = await argocdToken(host, env);
    const third = await change({ ...scope, rotation: "second", clusterResources: true });
    const inDefault = split(await third.rules("default"), await nobody.rules("default"));
    assert.deepEqual(inDefault[1], []);
    const verbs = "get,list,watch,create,update,patch,delete,deletecollection";
    assert.ok(inDefault[0].length > 3);
    for (const line of inDefault[0]) assert.ok(line.startsWith(`${verbs} `), line);
    const granted = inDefault[0].flatMap((line) => {
      const [group = "", kinds = ""] = line.slice(verbs.length + 1).split(/\/(.*)/);
      return kinds.split(",").map((kind) => `${kind}.${group}`);
    });
    assert.deepEqual(granted.sort(), await clusterKinds(env.cluster));
    assert.deepEqual(
      [
        await third.can("get", "secrets", "default"),
        await third.can("escalate", "clusterroles.rbac.authorization.k8s.io"),
      ],
      [false, false],
    );
    await host.waitFor(async () => (await new Bearer(env, before).status()) === 401, {
      what: "the token with other rights to be refused",
      timeoutMs: 60_000,
      namespace: env.namespace,
    });
  });
});

/** Lines that only the first has, and lines that only the second has. */
function split(one: string[], other: string[]): [string[], string[]] {
  return [one.filter((line) => !other.includes(line)), other.filter((line) => !one.includes(line))];
}

/** Kinds of the virtual cluster that belong to no namespace and can be listed, as `kind.group`. */
async function clusterKinds(cluster: Cluster): Promise<string[]> {
  interface Kinds {
    resources: { name: string; namespaced: boolean; verbs: string[] }[];
  }
  const { groups } = await cluster.getJson<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>(
    "/apis",
  );
  const paths = groups.flatMap(({ name, versions }) =>
    versions.map(({ groupVersion }) => [name, `/apis/${groupVersion}`] as const),
  );
  const found = new Set<string>();
  for (const [group, path] of [["", "/api/v1"] as const, ...paths]) {
    for (const { name, namespaced, verbs } of (await cluster.getJson<Kinds>(path)).resources) {
      if (!namespaced && verbs.includes("list") && !name.includes("/")) found.add(`${name}.${group}`);
    }
  }
  return [...found].sort();
}

/** An Application of the environment's own project that is changed again and again. */
class Load {
  count = 0;
  private readonly abort = new AbortController();
  private running = Promise.resolve();

  constructor(
    private readonly host: Cluster,
    private readonly application: ReturnType<typeof reference>,
  ) {}

  async update(): Promise<void> {
    this.count++;
    const parameters = [{ name: "count", value: String(this.count), forceString: true }];
    await this.host.apply<Application>({
      ...this.application,
      spec: {
        project: namesOf("rotation").argocdCluster,
        destination: { name: namesOf("rotation").argocdCluster, namespace: "team-a" },
        source: { repoURL, chart: "load", targetRevision: "0.1.0", helm: { parameters } },
        syncPolicy: { automated: {} },
      },
    });
  }

  /** Waits until the last update is in the virtual cluster. */
  async synced(cluster: Cluster): Promise<void> {
    const map = reference("v1", "ConfigMap", "load", "team-a");
    await this.host.waitFor(
      async () => {
        const count = (await cluster.get<V1ConfigMap>(map))?.data?.["count"];
        if (count === String(this.count)) return true;
        const { status } = (await this.host.get<Application>(this.application)) ?? {};
        throw new Error(JSON.stringify({ count, conditions: status?.conditions, operation: status?.operationState }));
      },
      { what: `update ${this.count} of the Application to arrive`, timeoutMs: 90_000, namespace: "argocd" },
    );
  }

  /** Updates every two seconds from now on. */
  start(): void {
    const { signal } = this.abort;
    this.running = (async () => {
      while (!signal.aborted) {
        await this.update();
        await delay(2_000, undefined, { signal }).catch(() => undefined);
      }
    })();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.running;
  }
}

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: load
data:
  count: {{ .Values.count | quote }}
`;
