import { getIn, type JsonObject, merge, nest } from "../../shared/json";
import { hasValue } from "../../shared/vcluster/versions";
import type { Names } from "../names";
import { type Settings, usesEtcd } from "./defaults";
import { FROM_HOST, TO_HOST } from "./sync-kinds";

/** A key of the configuration that is one value of the chart. */
export interface ChartKey {
  readonly key: string;
  /** Path of the chart's value, as in `values.schema.json`; not set in a version of the chart without it. */
  readonly value: string;
  /**
   * Field of the control plane's PersistentVolumeClaim that the value becomes. A StatefulSet cannot change it, so another
   * value is another volume; another value of any other key restarts the control plane.
   */
  readonly claim?: string;
  /** The chart's StatefulSet of etcd has the value too, where it deploys etcd. */
  readonly etcd?: boolean;
  /** The chart's value for the key's. @default - the same; none where the key has neither value nor default */
  readonly convert?: (configured: unknown, names: Names) => unknown;
}

/** Sets the chart's empty default, so that removing the key is a change of the values. */
const orEmpty = (empty: unknown) => (configured: unknown) => configured ?? empty;

const STATEFUL_SET = "controlPlane.statefulSet";
const ETCD_STATEFUL_SET = "controlPlane.backingStore.etcd.deploy.statefulSet";
const VOLUME_CLAIM = `${STATEFUL_SET}.persistence.volumeClaim`;
const SCHEDULING = `${STATEFUL_SET}.scheduling`;

/** The one key of the volume that storage may change in place. */
export const SIZE_KEY = { key: "persistence.size", value: `${VOLUME_CLAIM}.size`, etcd: true } as const;

/** None for 1, the chart's default: where it is added, what has another value is replaced. */
export const REPLICAS_KEY = {
  key: "controlPlane.replicas",
  value: `${STATEFUL_SET}.highAvailability.replicas`,
  etcd: true,
  convert: (replicas: unknown) => (replicas === 1 ? undefined : replicas),
} as const;

export const CHART_KEYS: readonly ChartKey[] = [
  { key: "kubernetesVersion", value: "controlPlane.distro.k8s.image.tag" },
  REPLICAS_KEY,
  ...same("image", `${STATEFUL_SET}.image`, ["registry", "repository", "tag"]),
  ...same("controlPlane.requests", `${STATEFUL_SET}.resources.requests`, ["cpu", "memory"]),
  ...same("controlPlane.limits", `${STATEFUL_SET}.resources.limits`, ["cpu", "memory"]),
  { ...SIZE_KEY, claim: "spec.resources.requests.storage" },
  {
    key: "persistence.storageClass",
    value: `${VOLUME_CLAIM}.storageClass`,
    claim: "spec.storageClassName",
    etcd: true,
  },
  { key: "persistence.accessModes", value: `${VOLUME_CLAIM}.accessModes`, claim: "spec.accessModes", etcd: true },
  {
    key: "persistence.retain",
    value: `${VOLUME_CLAIM}.retentionPolicy`,
    etcd: true,
    convert: (retain) => (retain === true ? "Retain" : "Delete"),
  },
  // The chart's `controlPlane.advanced.virtualScheduler` is the old name of this switch and deprecated.
  { key: "controlPlane.virtualScheduler", value: "controlPlane.distro.k8s.scheduler.enabled" },
  { key: "controlPlane.nodeSelector", value: `${SCHEDULING}.nodeSelector`, etcd: true, convert: orEmpty({}) },
  { key: "controlPlane.tolerations", value: `${SCHEDULING}.tolerations`, etcd: true, convert: orEmpty([]) },
  { key: "controlPlane.affinity", value: `${SCHEDULING}.affinity`, etcd: true, convert: orEmpty({}) },
  {
    key: "controlPlane.priorityClass",
    value: `${SCHEDULING}.priorityClassName`,
    etcd: true,
    convert: (configured, { priorityClass }) => configured ?? priorityClass,
  },
  { key: "controlPlane.serviceMonitor", value: "controlPlane.serviceMonitor.enabled" },
  ...["liveness", "readiness", "startup"].flatMap((probe) =>
    same(`controlPlane.probes.${probe}`, `${STATEFUL_SET}.probes.${probe}Probe`, [
      "enabled",
      "periodSeconds",
      "timeoutSeconds",
      "failureThreshold",
    ]),
  ),
  { key: "sync.nodeSelector", value: "sync.fromHost.nodes.selector.labels" },
  ...FROM_HOST.map((kind) => ({ key: `sync.fromHost.${kind}`, value: `sync.fromHost.${kind}.enabled` })),
  ...TO_HOST.map((kind) => ({ key: `sync.toHost.${kind}`, value: `sync.toHost.${kind}.enabled` })),
  // Both say where Services lead to: who closes one way closes both.
  { key: "sync.toHost.endpoints", value: "sync.toHost.endpointSlices.enabled" },
];

/** Keys that have the same names in the chart, under another path. */
function same(key: string, value: string, names: readonly string[]): ChartKey[] {
  return names.map((name) => ({ key: `${key}.${name}`, value: `${value}.${name}` }));
}

/** Keys of the volume, which a running environment cannot change without losing its objects. */
export const VOLUME_KEYS = CHART_KEYS.flatMap(({ claim, ...row }) => (claim === undefined ? [] : { ...row, claim }));

/** Paths of a key's value in the chart: one, or one for each StatefulSet. */
export function valuesOf({ value, etcd = false }: Pick<ChartKey, "value" | "etcd">, withEtcd = true): string[] {
  return etcd && withEtcd ? [value, value.replace(STATEFUL_SET, ETCD_STATEFUL_SET)] : [value];
}

/** The key for each value of the chart that has one. */
export const KEY_OF_VALUE: Readonly<Record<string, string>> = Object.fromEntries(
  CHART_KEYS.flatMap((row) => valuesOf(row).map((value) => [value, row.key])),
);

/** The rows of the table whose value the environment's chart has. */
export function chartKeys({ chart }: Pick<Settings, "chart">): ChartKey[] {
  return CHART_KEYS.filter(({ value }) => hasValue(chart.version, value));
}

/** Chart values of the keys in the table. */
export function keyedValues(env: Settings): JsonObject {
  return chartKeys(env)
    .flatMap((row) => {
      const configured = getIn(env, ...row.key.split("."));
      const converted = row.convert === undefined ? configured : row.convert(configured, env.names);
      return converted === undefined
        ? []
        : valuesOf(row, usesEtcd(env)).map((value) => nest(value.split("."), converted));
    })
    .reduce(merge, {});
}
