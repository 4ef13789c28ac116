import type { FromHostArgs, ToHostArgs } from "./args";

/**
 * Kinds that the open source build copies between host and virtual cluster, named as under `sync.fromHost` and
 * `sync.toHost` of the chart, and whether an environment does it. Undefined: as the virtual scheduler needs it, which the
 * chart decides ("auto").
 */
const fromHost: { [Kind in keyof Required<FromHostArgs>]: boolean | undefined } = {
  events: true,
  nodes: true,
  ingressClasses: true,
  runtimeClasses: false,
  priorityClasses: false,
  storageClasses: undefined,
  csiNodes: undefined,
  csiDrivers: undefined,
  csiStorageCapacities: undefined,
  volumeSnapshotClasses: false,
};

const toHost: { [Kind in keyof Required<ToHostArgs>]: boolean } = {
  pods: true,
  secrets: true,
  configMaps: true,
  services: true,
  endpoints: true,
  persistentVolumeClaims: true,
  ingresses: true,
  // Azure Workload Identity looks at the service account on the host.
  serviceAccounts: true,
  networkPolicies: false,
  podDisruptionBudgets: false,
  priorityClasses: false,
  storageClasses: false,
  persistentVolumes: false,
  volumeSnapshots: false,
  volumeSnapshotContents: false,
};

export const KIND_DEFAULTS = { fromHost, toHost } as const;

export const FROM_HOST = Object.keys(fromHost) as (keyof FromHostArgs)[];
export const TO_HOST = Object.keys(toHost) as (keyof ToHostArgs)[];
