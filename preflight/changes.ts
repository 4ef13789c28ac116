import { KEY_OF_VALUE, REPLICAS_KEY, SIZE_KEY, valuesOf, VOLUME_KEYS } from "../components/config/chart-keys";
import { type Settings, usesEtcd } from "../components/config/defaults";
import { check, format, type Problem } from "../shared/errors";
import { getIn, getPath, isEnabled, isPlainObject, type JsonObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";

/** What the host has of an environment already, as far as a change of the configuration can touch it. */
export interface RunningState {
  /** Names of other environments that this stack has on the host, and that are running. */
  readonly others: readonly string[];
  /** The control plane's StatefulSet; undefined where there is none yet. */
  readonly statefulSet?: JsonObject | undefined;
  /** Claim of the volume with the virtual cluster's objects: the first of etcd's that is there, or the control plane's. */
  readonly volumeClaim?: JsonObject | undefined;
  /** Whether storage lets this claim grow; undefined where that is not known. */
  readonly expandable?: boolean | undefined;
  /** Namespaces with an Application of Argo CD that has the name of the release. */
  readonly applicationsIn?: readonly string[] | undefined;
  /** Chart values of the running control plane, those of the chart itself included; undefined where they are unknown. */
  readonly values?: JsonObject | undefined;
  /** What could not be read, and why: `Ingresses (403)`. */
  readonly unreadable?: readonly string[];
}

const ALLOW = "set it back, or set persistence.allowDataLoss to true for this one change";

/** Switch of the etcd that the chart deploys. */
const ETCD = "controlPlane.backingStore.etcd.deploy.enabled";

/** Path of the size in a claim. */
export const SIZE_OF_CLAIM = "spec.resources.requests.storage";

/**
 * Changes that would delete the objects of the virtual cluster, or leave them behind: a new name is a new cluster, a
 * StatefulSet cannot change the claim of its volume, and each kind of store has objects of its own.
 */
export function dataLossProblems(env: Settings, values: JsonObject, existing: RunningState): Problem[] {
  if (env.persistence.allowDataLoss) return [...deliveryChange(env, existing), ...retainedVolume(env, existing)];
  return [
    ...deliveryChange(env, existing),
    ...argocdChange(env, existing),
    ...existing.others.map((other): Problem => ({
      path: "environment",
      code: "environment-change",
      problem:
        `this stack runs the environment ${format(other)}; changing it to ${format(env.environment)} would delete ` +
        "it with all data and create an empty one",
      allowed: format(other),
      fix: ALLOW,
    })),
    ...volumeChanges(env, existing).map(({ key, actual, configured }): Problem => ({
      path: key,
      code: "volume-change",
      problem:
        `changing ${format(actual)} to ${format(configured)} would recreate the volume and delete all data` +
        (key === SIZE_KEY.key ? `: ${reasonNotToGrow(env, existing) ?? "more of it changes"}` : ""),
      allowed: format(actual),
      fix: ALLOW,
    })),
    ...(replicasChange(env, existing) === undefined
      ? storeChange(values, existing.values)
      : otherReplicas(env, existing)),
  ];
}

/** Replicas that run, where others are configured: then the virtual cluster starts with an empty store. */
export function replicasChange(env: Settings, { values }: RunningState): number | undefined {
  if (values === undefined) return undefined;
  // Those of an etcd from `values` have a number of their own.
  const counted = valuesOf(REPLICAS_KEY, usesEtcd(env) && isEnabled(getPath(values, ETCD)));
  const running = counted.map((path) => Number(getPath(values, path) ?? 1));
  return running.find((replicas) => replicas !== env.controlPlane.replicas);
}

function otherReplicas(env: Settings, existing: RunningState): Problem[] {
  const [actual, configured] = [replicasChange(env, existing), env.controlPlane.replicas];
  const reason =
    actual === 1
      ? "etcd would start without the objects of the embedded database"
      : configured === 1
        ? "the embedded database would start without the objects of etcd"
        : "members do not join or leave an etcd that the chart deploys, so it would have to start with none of its objects";
  return check(actual === undefined, {
    path: REPLICAS_KEY.key,
    code: "replicas-change",
    problem: `changing ${format(actual)} to ${format(configured)} would lose all data: ${reason}`,
    allowed: format(actual),
    fix: ALLOW,
  });
}

/** Removing the old one would delete what the new one has taken over, and nothing can order the two. */
function deliveryChange({ delivery }: Settings, { statefulSet }: RunningState): Problem[] {
  if (statefulSet === undefined) return [];
  const actual = deliveredBy(statefulSet);
  return check(delivery === actual, {
    path: "delivery",
    code: "delivery-change",
    problem: `changing ${format(actual)} to ${format(delivery)} would delete the control plane with its volume`,
    allowed: format(actual),
    fix: "set it back, or destroy the environment first",
  });
}

/** What brought a control plane: Helm marks what it makes. */
function deliveredBy(statefulSet: JsonObject): Settings["delivery"] {
  const byHelm = getIn(statefulSet, "metadata", "annotations", "meta.helm.sh/release-name") !== undefined;
  return byHelm ? "helm" : "argocd";
}

/** An Application cannot move to another namespace, and what it delivered is deleted with it. */
function argocdChange({ delivery, argocd }: Settings, { statefulSet, applicationsIn = [] }: RunningState): Problem[] {
  if (delivery !== "argocd" || statefulSet === undefined || deliveredBy(statefulSet) !== "argocd") return [];
  return check(applicationsIn.length === 0 || applicationsIn.includes(argocd.namespace), {
    path: "argocd.namespace",
    code: "argocd-namespace-change",
    problem:
      `the Application of the control plane is in ${applicationsIn.map(format).join(" and ")}; changing the namespace ` +
      "would delete it with the control plane and its volume",
    allowed: applicationsIn.map(format).join(" or "),
    fix: ALLOW,
  });
}

/** A retained volume is used again by the new control plane, whatever the configuration says of it. */
function retainedVolume(env: Settings, existing: RunningState): Problem[] {
  const retention = getPath(existing.statefulSet ?? {}, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted");
  const replicas = replicasChange(env, existing);
  const changes = [
    ...volumeChanges(env, existing),
    ...(replicas === undefined ? [] : [{ key: REPLICAS_KEY.key, actual: replicas }]),
  ];
  return changes.flatMap(({ key, actual }) =>
    check(retention !== "Retain", {
      path: key,
      code: "volume-retained",
      problem: "the volume is retained, so the new control plane would get the old volume unchanged",
      allowed: `${format(actual)} while persistence.retain is true on the host`,
      fix: "set persistence.retain to false first, in a separate update",
    }),
  );
}

/** Keys of the volume whose values differ from the claim on the host, and that cannot change in place. */
function volumeChanges(env: Settings, existing: RunningState) {
  const changed = differingKeys(env, existing);
  return sizeOfTemplate(env, existing) === undefined ? changed : changed.filter(({ key }) => key !== SIZE_KEY.key);
}

/**
 * Size that the chart's values keep, because the configured one, or one in other words, would make another volume: only the
 * size differs, and the claim has it or can get it. Undefined where the values have the configured size, or get it with
 * another volume.
 */
export function sizeOfTemplate(env: Settings, existing: RunningState): string | undefined {
  // The StatefulSet has it in Kubernetes' own unit: 1Gi for 1024Mi.
  const template = getPath(existing.values ?? {}, SIZE_KEY.value) ?? getPath(templateOf(existing) ?? {}, SIZE_OF_CLAIM);
  if (typeof template !== "string" || existing.volumeClaim === undefined) return undefined;
  if (replicasChange(env, existing) !== undefined) return undefined;
  const alone = differingKeys(env, existing).every(({ key }) => key === SIZE_KEY.key);
  const { size } = env.persistence;
  const differs = size !== template || bytes(size) !== bytes(getPath(existing.volumeClaim, SIZE_OF_CLAIM));
  return differs && alone && reasonNotToGrow(env, existing) === undefined ? template : undefined;
}

/**
 * Whether the chart's values keep the size as the state of the stack has it, whatever is configured: for every volume that
 * the host has or may have. What would recreate it is refused before, as far as the host could be read; where it could not,
 * a grown volume looks like one of another size.
 */
export function keepsSize(env: Settings, existing: RunningState | undefined): boolean {
  if (existing === undefined) return !env.persistence.allowDataLoss;
  if (sizeOfTemplate(env, existing) !== undefined) return true;
  const { statefulSet, volumeClaim, unreadable = [] } = existing;
  const mayHaveVolume = statefulSet !== undefined || volumeClaim !== undefined || unreadable.length > 0;
  return mayHaveVolume && !env.persistence.allowDataLoss;
}

/** Why the volume cannot have the configured size in place; undefined where it can, or has it. */
function reasonNotToGrow({ persistence }: Settings, { volumeClaim, expandable }: RunningState): string | undefined {
  if (volumeClaim === undefined) return "its claim is missing";
  const [configured, actual] = [bytes(persistence.size), bytes(getPath(volumeClaim, SIZE_OF_CLAIM))];
  if (configured < actual) return "volumes do not shrink";
  if (configured === actual || expandable !== false) return undefined;
  const storageClass = format(getPath(volumeClaim, "spec.storageClassName"));
  return `the storage class ${storageClass} does not expand volumes (allowVolumeExpansion)`;
}

function bytes(size: unknown): number {
  return parseQuantity(size) ?? 0;
}

function templateOf({ statefulSet }: RunningState): JsonObject | undefined {
  const claims = getPath(statefulSet ?? {}, "spec.volumeClaimTemplates");
  const claim: unknown = Array.isArray(claims) ? claims[0] : undefined;
  return isPlainObject(claim) ? claim : undefined;
}

function differingKeys(env: Settings, existing: RunningState) {
  const claim = templateOf(existing);
  if (claim === undefined) return [];
  const keys = VOLUME_KEYS.map((row) => ({
    key: row.key,
    // A volume that has grown is larger than its template.
    actual: getPath((row.key === SIZE_KEY.key ? existing.volumeClaim : undefined) ?? claim, row.claim),
    configured: getIn(env, ...row.key.split(".")),
  }));
  return keys.filter(({ actual, configured }) => comparable(actual) !== comparable(configured));
}

/** A size in any unit is the same volume. */
function comparable(value: unknown): unknown {
  return (typeof value === "string" ? parseQuantity(value) : undefined) ?? format(value);
}

const STORES: readonly (readonly [string, string])[] = [
  [ETCD, "deployed etcd"],
  ["controlPlane.backingStore.etcd.embedded.enabled", "embedded etcd"],
  ["controlPlane.backingStore.database.external.enabled", "external database"],
];

function storeChange(values: JsonObject, running: JsonObject | undefined): Problem[] {
  if (running === undefined) return [];
  const store = (tree: JsonObject) =>
    STORES.find(([path]) => isEnabled(getPath(tree, path)))?.[1] ?? "embedded database";
  const [actual, configured] = [store(running), store(values)];
  return check(actual === configured, {
    path: "values.controlPlane.backingStore",
    code: "backing-store-change",
    problem: `switching the backing store from ${actual} to ${configured} would lose all objects`,
    allowed: actual,
    fix: ALLOW,
  });
}

/**
 * What makes the control plane restart: every value that differs from those it runs with, as `key: old -> new`. The
 * user's own values are named without their content, which may be secret.
 *
 * @param given values that the release was given, to detect those that are now left out; none where Argo CD delivers it
 */
export function restartReasons(values: JsonObject, running: JsonObject | undefined, given: JsonObject = {}): string[] {
  if (running === undefined) return [];
  const leftOut = leaves(given).flatMap(([path, value]) => {
    if (value === null || getPath(values, path) !== undefined) return [];
    // One of a failed upgrade is not what runs.
    if (canonical(value) !== canonical(getPath(running, path))) return [];
    return [`${KEY_OF_VALUE[path] ?? `values.${path}`} is left out`];
  });
  const reasons = leaves(values).flatMap(([path, configured]) => {
    const actual = getPath(running, path);
    if (canonical(actual) === canonical(configured)) return [];
    const key = KEY_OF_VALUE[path];
    return key === undefined ? [`values.${path}`] : [`${key}: ${format(actual)} -> ${format(configured)}`];
  });
  return [...new Set([...reasons, ...leftOut])]; // A key of both StatefulSets has two values.
}

/** Maps in one order, and numbers like text: a quantity is the same in both. */
function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown): unknown =>
    isPlainObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  return JSON.stringify([value], sorted).replaceAll('"', "");
}

/** Values that are no maps, with their dotted paths. Maps of names are leaves: their keys have dots. */
function leaves(tree: JsonObject, path: string[] = []): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    const here = [...path, key];
    const names = isPlainObject(value) ? Object.keys(value) : [];
    const inner = names.length > 0 && names.every((name) => /^\w+$/.test(name));
    return inner ? leaves(value as JsonObject, here) : [[here.join("."), value]];
  });
}
