import { getIn, type JsonObject, merge } from "../../shared/json";
import type { Names } from "../names";
import type { Settings } from "./defaults";
import { FROM_HOST, TO_HOST } from "./sync-kinds";

/** A key of the configuration that is one value of the chart. */
export interface ChartKey {
  readonly key: string;
  /** Path of the chart's value, as in `values.schema.json` of chart 0.26.0. */
  readonly value: string;
  /**
   * Field of the control plane's PersistentVolumeClaim that the value becomes. A StatefulSet cannot change it, so another
   * value is another volume; another value of any other key restarts the control plane.
   */
  readonly claim?: string;
  /** What the chart gets for what the key says. @default - the same; nothing where the key has neither value nor default */
  readonly convert?: (said: unknown, names: Names) => unknown;
}

/** Empty ones are the chart's defaults, so that a key that is taken back is seen as a change. */
const orEmpty = (empty: unknown) => (said: unknown) => said ?? empty;

export const CHART_KEYS: readonly ChartKey[] = [
  { key: "kubernetesVersion", value: "controlPlane.distro.k8s.image.tag" },
  ...same("image", "controlPlane.statefulSet.image", ["registry", "repository", "tag"]),
  ...same("controlPlane.requests", "controlPlane.statefulSet.resources.requests", ["cpu", "memory"]),
  ...same("controlPlane.limits", "controlPlane.statefulSet.resources.limits", ["cpu", "memory"]),
  {
    key: "persistence.size",
    value: "controlPlane.statefulSet.persistence.volumeClaim.size",
    claim: "spec.resources.requests.storage",
  },
  {
    key: "persistence.storageClass",
    value: "controlPlane.statefulSet.persistence.volumeClaim.storageClass",
    claim: "spec.storageClassName",
  },
  {
    key: "persistence.accessModes",
    value: "controlPlane.statefulSet.persistence.volumeClaim.accessModes",
    claim: "spec.accessModes",
  },
  {
    key: "persistence.retain",
    value: "controlPlane.statefulSet.persistence.volumeClaim.retentionPolicy",
    convert: (retain) => (retain === true ? "Retain" : "Delete"),
  },
  // The chart's `controlPlane.advanced.virtualScheduler` is the old name of this switch and deprecated.
  { key: "controlPlane.virtualScheduler", value: "controlPlane.distro.k8s.scheduler.enabled" },
  {
    key: "controlPlane.nodeSelector",
    value: "controlPlane.statefulSet.scheduling.nodeSelector",
    convert: orEmpty({}),
  },
  { key: "controlPlane.tolerations", value: "controlPlane.statefulSet.scheduling.tolerations", convert: orEmpty([]) },
  { key: "controlPlane.affinity", value: "controlPlane.statefulSet.scheduling.affinity", convert: orEmpty({}) },
  {
    key: "controlPlane.priorityClass",
    value: "controlPlane.statefulSet.scheduling.priorityClassName",
    convert: (said, { priorityClass }) => said ?? priorityClass,
  },
  { key: "controlPlane.serviceMonitor", value: "controlPlane.serviceMonitor.enabled" },
  ...["liveness", "readiness", "startup"].flatMap((probe) =>
    same(`controlPlane.probes.${probe}`, `controlPlane.statefulSet.probes.${probe}Probe`, [
      "enabled",
      "periodSeconds",
      "timeoutSeconds",
      "failureThreshold",
    ]),
  ),
  ...FROM_HOST.map((kind) => ({ key: `sync.fromHost.${kind}`, value: `sync.fromHost.${kind}.enabled` })),
  ...TO_HOST.map((kind) => ({ key: `sync.toHost.${kind}`, value: `sync.toHost.${kind}.enabled` })),
];

/** Keys that the chart has under the same names elsewhere. */
function same(key: string, value: string, names: readonly string[]): ChartKey[] {
  return names.map((name) => ({ key: `${key}.${name}`, value: `${value}.${name}` }));
}

/** Keys of the volume, which a running environment cannot change without losing its objects. */
export const VOLUME_KEYS = CHART_KEYS.flatMap(({ claim, ...row }) => (claim === undefined ? [] : { ...row, claim }));

/** The key for each value of the chart that has one. */
export const KEY_OF_VALUE: Readonly<Record<string, string>> = Object.fromEntries(
  CHART_KEYS.map(({ key, value }) => [value, key]),
);

/** What the keys of the table say, as chart values. */
export function keyedValues(s: Settings, names: Names): JsonObject {
  return CHART_KEYS.map(({ key, value, convert }) => {
    const said = getIn(s, ...key.split("."));
    const set = convert === undefined ? said : convert(said, names);
    return set === undefined ? {} : nest(value, set);
  }).reduce(merge, {});
}

function nest(path: string, value: unknown): JsonObject {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as JsonObject;
}
