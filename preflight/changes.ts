import { KEY_OF_VALUE, VOLUME_KEYS } from "../components/config/chart-keys";
import type { Settings } from "../components/config/defaults";
import { environmentNames } from "../components/names";
import { check, format, type Problem } from "../shared/errors";
import { getIn, getPath, isEnabled, isPlainObject, type JsonObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";

/** What the host has of an environment already, as far as a change of the configuration can touch it. */
export interface RunningState {
  /** Names of other environments that this stack has on the host, and that are running. */
  readonly others: readonly string[];
  /** The control plane's StatefulSet; undefined where there is none yet. */
  readonly statefulSet?: JsonObject | undefined;
  /** Namespaces with an Application of Argo CD that has the name of the release. */
  readonly applicationsIn?: readonly string[] | undefined;
  /** Chart values of the running control plane, those of the chart itself included; undefined where they are unknown. */
  readonly values?: JsonObject | undefined;
}

const ALLOW = "set it back, or set persistence.allowDataLoss to true for this one change";

/**
 * Changes that would delete the objects of the virtual cluster, or leave them behind: a new name is a new cluster, a
 * StatefulSet cannot change the claim of its volume, and each kind of store has objects of its own.
 */
export function dataLossProblems(s: Settings, finished: JsonObject, existing: RunningState): Problem[] {
  if (s.persistence.allowDataLoss) return [...otherDelivery(s, existing), ...keptVolume(s, existing)];
  return [
    ...otherDelivery(s, existing),
    ...otherArgocd(s, existing),
    ...existing.others.map((other): Problem => ({
      path: "environment",
      code: "environment-change",
      problem:
        `this stack runs the environment ${format(other)}; changing it to ${format(s.environment)} would delete ` +
        "it with all data and create an empty one",
      allowed: format(other),
      fix: ALLOW,
    })),
    ...volumeChanges(s, existing).map(({ key, actual, configured }): Problem => ({
      path: key,
      code: "volume-change",
      problem: `changing ${format(actual)} to ${format(configured)} would recreate the volume and delete all data`,
      allowed: format(actual),
      fix: ALLOW,
    })),
    ...storeChanges(finished, existing.values),
  ];
}

/** The old one would take away what the new one has taken over, and nothing can order the two. */
function otherDelivery({ delivery }: Settings, { statefulSet }: RunningState): Problem[] {
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

/** An Application cannot move to another namespace, and what it delivered goes with it. */
function otherArgocd({ delivery, argocd }: Settings, { statefulSet, applicationsIn = [] }: RunningState): Problem[] {
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

/** With the old volume kept, the new control plane would find it again, and the new size would never be. */
function keptVolume(s: Settings, existing: RunningState): Problem[] {
  const kept =
    getPath(existing.statefulSet ?? {}, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted") === "Retain";
  return volumeChanges(s, existing).flatMap(({ key, actual }) =>
    check(!kept, {
      path: key,
      code: "volume-retained",
      problem: "the volume is retained, so the new control plane would get the old volume unchanged",
      allowed: `${format(actual)} while persistence.retain is true on the host`,
      fix: "set persistence.retain to false first, in a separate update",
    }),
  );
}

/** Keys of the volume that say something else than the claim on the host. */
function volumeChanges(s: Settings, { statefulSet }: RunningState) {
  const claims = getPath(statefulSet ?? {}, "spec.volumeClaimTemplates");
  const claim: unknown = Array.isArray(claims) ? claims[0] : undefined;
  if (!isPlainObject(claim)) return [];
  const keys = VOLUME_KEYS.map((row) => ({
    key: row.key,
    actual: getPath(claim, row.claim),
    configured: getIn(s, ...row.key.split(".")),
  }));
  return keys.filter(({ actual, configured }) => comparable(actual) !== comparable(configured));
}

/** A size in any unit is the same volume. */
function comparable(value: unknown): unknown {
  return (typeof value === "string" ? parseQuantity(value) : undefined) ?? format(value);
}

const STORES: readonly (readonly [string, string])[] = [
  ["controlPlane.backingStore.etcd.deploy.enabled", "deployed etcd"],
  ["controlPlane.backingStore.etcd.embedded.enabled", "embedded etcd"],
  ["controlPlane.backingStore.database.external.enabled", "external database"],
];

function storeChanges(finished: JsonObject, running: JsonObject | undefined): Problem[] {
  if (running === undefined) return [];
  const store = (values: JsonObject) =>
    STORES.find(([path]) => isEnabled(getPath(values, path)))?.[1] ?? "embedded database";
  const [actual, configured] = [store(running), store(finished)];
  return check(actual === configured, {
    path: "values.controlPlane.backingStore",
    code: "backing-store-change",
    problem: `switching the backing store from ${actual} to ${configured} would lose all objects`,
    allowed: actual,
    fix: ALLOW,
  });
}

/**
 * What makes the control plane restart: every value that differs from those it runs with, as `key: old -> new`. Free
 * values are named without their content, which may be secret. A free value that is now left out is not seen.
 */
export function restartReasons(finished: JsonObject, running: JsonObject | undefined): string[] {
  if (running === undefined) return [];
  return leaves(finished).flatMap(([path, configured]) => {
    const actual = getPath(running, path);
    if (canonical(actual) === canonical(configured)) return [];
    const key = KEY_OF_VALUE[path];
    return key === undefined ? [`values.${path}`] : [`${key}: ${format(actual)} -> ${format(configured)}`];
  });
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

/** What a change of the settings does to an environment that runs. */
export type ChangeImpact =
  "new environment" | "new volume" | "other delivery" | "other Argo CD" | "restart" | "in place";

/** The effect of going from `before` to `after`; `values` makes the chart's values of settings. */
export function changeImpact(before: Settings, after: Settings, values: (s: Settings) => JsonObject): ChangeImpact {
  const [old, changed] = [before, after].map((s) => environmentNames(s.environment, s.domain));
  if (old?.namespace !== changed?.namespace) return "new environment";
  if (before.delivery !== after.delivery) return "other delivery";
  if (before.argocd.namespace !== after.argocd.namespace) return "other Argo CD";
  const volume = (s: Settings) => JSON.stringify(VOLUME_KEYS.map(({ key }) => getIn(s, ...key.split("."))));
  if (volume(before) !== volume(after)) return "new volume";
  return JSON.stringify(values(before)) === JSON.stringify(values(after)) ? "in place" : "restart";
}
