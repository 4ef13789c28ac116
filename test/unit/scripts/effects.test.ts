import * as assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import type { EnvironmentArgs, ResolvedEnvironment, Settings } from "../../../components";
import { CHART_KEYS, REPLICAS_KEY, VOLUME_KEYS } from "../../../components/config/chart-keys";
import { resolve } from "../../../components/resolve";
import { checkArgs } from "../../../components/validate";
import { installVirtualCluster } from "../../../components/vcluster/install";
import { dataLossProblems, restartReasons } from "../../../preflight/changes";
import { configurationKeys, type Key, leaves, NAME } from "../../../scripts/configuration";
import { type ChangeImpact, effectOfKey, otherValue } from "../../../scripts/effects";
import { getPath, type JsonObject, merge } from "../../../shared/json";
import { record, type Registration, value } from "../../support/mocks";

const under = (path: string, ...keys: string[]) => keys.map((key) => `${path}.${key}`);

/**
 * What a change of each key of the configuration does to an environment that runs. A new key belongs into this list, unless
 * it has a row in chart-keys.ts.
 */
const DECLARED: Readonly<Record<ChangeImpact, readonly string[]>> = {
  "new environment": ["environment"],
  "other delivery": ["delivery"],
  "other Argo CD": ["argocd.namespace"],
  "new volume": [...VOLUME_KEYS, REPLICAS_KEY].map(({ key }) => key),
  restart: [
    ...new Set(
      CHART_KEYS.filter(({ key, claim }) => claim === undefined && key !== REPLICAS_KEY.key).map(({ key }) => key),
    ),
    ...["domain", "chart.version", "extraSans", "labels", "annotations", "values"],
    ...under("sync", "secrets", "configMaps"),
    "isolation.profile",
  ],
  "in place": [
    ...under("chart", "repository", "path"),
    "controlPlane.startTimeoutSeconds",
    "persistence.allowDataLoss",
    ...under("ingress", "controller", "className", "port"),
    ...under("ingress.gateway", "name", "namespace", "sectionName", "routeVersion"),
    ...under("argocd", "register", "deliveryProject", "namespaces", "clusterResources", "sources", "rotation"),
    ...under("argocd", "labels", "clusterClass", "annotations", "syncTimeoutSeconds", "deleteTimeoutSeconds"),
    ...under(`applications.${NAME}`, "repository", "path", "chart", "revision", "namespace", "values", "project"),
    ...under(`applications.${NAME}.sync`, "automated", "prune", "selfHeal", "options"),
    `applications.${NAME}.wait`,
    ...under("readiness", "enabled", "timeoutSeconds"),
    ...under("isolation", "quota", "containerLimits", "containerRequests", "ingressNamespace"),
    ...under("isolation", "egress", "ingress", "ingressHosts", "hostApi"),
    ...under("isolation.allow", "kinds", "volumes", "csiDrivers", "annotations", "labels", "priorityClasses"),
    ...under("isolation.allow", "runtimeClasses", "ingressClasses", "ingressTls", "storageClasses", "secretTypes"),
    ...under("isolation.allow", "externalNames", "externalAddresses", "loadBalancerClasses", "endpoints"),
    ...under("isolation.objectLimits", "gracePeriodSeconds", "ephemeralContainers", "servicePorts"),
    ...under("isolation.objectLimits", "endpointAddresses", "ingressPaths", "dataBytes"),
  ],
};

/** Keys that may be changed together with others only, and those. */
const TOGETHER: Readonly<Record<string, JsonObject>> = {
  "controlPlane.requests.cpu": { controlPlane: { limits: { cpu: "9" } } },
  "controlPlane.limits.cpu": { controlPlane: { requests: { cpu: "100m" } } },
  "controlPlane.requests.memory": { controlPlane: { limits: { memory: "9Gi" } } },
  "sync.fromHost.nodes": { controlPlane: { virtualScheduler: false } },
  "sync.toHost.storageClasses": { sync: { fromHost: { storageClasses: false } } },
  "sync.toHost.volumeSnapshots": { sync: { toHost: { volumeSnapshotContents: true } } },
  "sync.toHost.volumeSnapshotContents": { sync: { toHost: { volumeSnapshots: true } } },
  "ingress.controller": { ingress: { gateway: { name: "edge", namespace: "infra" } } },
};

/** Environments that run; a change is tried on the first that it is right for. */
const RUNNING: readonly JsonObject[] = [
  {},
  { applications: { shop: { repository: "https://git.example.org/shop.git", path: "deploy" } } },
  { applications: { shop: { repository: "https://charts.example.org", chart: "shop", revision: "1.0.0" } } },
  { ingress: { controller: "gateway", gateway: { name: "front", namespace: "infra" } } },
  { argocd: { namespaces: ["default"] } },
  { isolation: { profile: "open" } },
];

type Delivery = "helm" | "argocd";

describe("effects of changes", function () {
  this.timeout(20_000); // on a busy machine
  const keys = leaves(configurationKeys());
  const declared = new Map(Object.entries(DECLARED).flatMap(([effect, names]) => names.map((name) => [name, effect])));

  it("are declared once for every key, and for no other", () => {
    const names = keys.map(({ path }) => path.join("."));
    assert.deepEqual(Object.values(DECLARED).flat().sort(), names.sort());
  });

  for (const key of keys) {
    const name = key.path.join(".");
    const effect = declared.get(name);
    it(`are declared, documented and in the preview: ${name}: ${effect ?? "?"}`, async () => {
      assert.equal(effectOfKey(key), effect);
      for (const delivery of ["helm", "argocd"] as const) {
        // Argo CD does not see a chart on this machine.
        if (delivery === "argocd" && name === "chart.path") continue;
        const { before, after } = await changed(key, delivery);
        assert.equal(observed(delivery, before, after), observable(effect as ChangeImpact, delivery), delivery);
      }
    });
  }
});

interface Side {
  readonly env: ResolvedEnvironment;
  readonly values: JsonObject;
  /** What brings the virtual cluster. */
  readonly brought: Registration;
}

/** What the program registers at preview, as far as it brings the virtual cluster. */
async function preview(args: JsonObject): Promise<Side> {
  const env = resolve("dev", args as unknown as EnvironmentArgs);
  const values = await value(env.chartValues);
  const make = () => installVirtualCluster("dev-vcluster", env, {});
  const [brought, ...others] = (await record(make, { preview: true })).registrations;
  assert.ok(brought && others.length === 0);
  return { env, values, brought };
}

/** An environment before and after the change of one key. */
async function changed(key: Key, delivery: Delivery): Promise<{ before: Side; after: Side }> {
  const path = key.path.map((part) => (part === NAME ? "shop" : part));
  const name = key.path.join(".");
  const value = name === "delivery" ? (delivery === "helm" ? "argocd" : "helm") : otherValue(key);
  const change = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as JsonObject;
  const alone = { domain: "example.org", delivery };
  const environments = RUNNING.map((running) => {
    const args = merge(alone, running);
    return { args, next: [TOGETHER[name] ?? {}, change].reduce(merge, args) };
  });
  const found = environments.find(({ next }) => checkArgs("dev", next as unknown as EnvironmentArgs).length === 0);
  assert.ok(found, `${JSON.stringify(change)} is wrong for all of RUNNING`);
  return { before: await preview(found.args), after: await preview(found.next) };
}

/** What can be told of an effect from outside: with Helm another Argo CD is nothing to the virtual cluster. */
function observable(effect: ChangeImpact, delivery: Delivery): Observed {
  if (effect === "in place" || (effect === "other Argo CD" && delivery === "helm")) return "in place";
  return effect === "restart" ? "restart" : "refused";
}

type Observed = "in place" | "restart" | "refused";

/**
 * What the program does with a change, of two sources that have to agree: what the preflight says of a host on which
 * `before` runs, and what the engine makes of the resource that brings the virtual cluster.
 */
function observed(delivery: Delivery, before: Side, after: Side): Observed {
  const renamed = before.env.environment !== after.env.environment;
  const existing = renamed
    ? { others: [before.env.environment] }
    : {
        others: [],
        statefulSet: statefulSet(before.env),
        values: before.values,
        applicationsIn: [before.env.argocd.namespace],
      };
  const refused = dataLossProblems(after.env, after.values, existing).length > 0;
  const restarted = restartReasons(after.values, existing.values).length > 0;

  const [is, said] = [before.brought, after.brought];
  const replaced = identity(is) !== identity(said) || said.replaceOnChanges.some((path) => differ(is, said, path));
  assert.equal(replaced, refused, "the preflight refuses exactly what the engine would replace");
  if (refused) return "refused";
  const valuesAt = delivery === "helm" ? "values" : "spec.source.helm.valuesObject";
  assert.equal(differ(is, said, valuesAt), restarted, "the preview says a restart exactly when the values change");
  return restarted ? "restart" : "in place";
}

/** What a resource cannot change without being another one. */
function identity({ type, inputs }: Registration): string {
  const names = ["name", "namespace", "metadata.name", "metadata.namespace", "spec.destination.namespace"];
  return JSON.stringify([type, ...names.map((path) => getPath(inputs, path))]);
}

function differ(one: Registration, other: Registration, path: string): boolean {
  return !isDeepStrictEqual(getPath(one.inputs, path), getPath(other.inputs, path));
}

/** The control plane as it runs by these settings. */
function statefulSet({ delivery, persistence: { size, storageClass, accessModes, retain } }: Settings): JsonObject {
  const spec = { storageClassName: storageClass, accessModes, resources: { requests: { storage: size } } };
  return {
    metadata: { annotations: delivery === "helm" ? { "meta.helm.sh/release-name": "vcluster-dev-helm" } : {} },
    spec: {
      volumeClaimTemplates: [{ spec }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: retain ? "Retain" : "Delete" },
    },
  };
}
