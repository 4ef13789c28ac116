import type { JsonObject } from "../../shared/json";
import { type Settings, usesEtcd } from "../config/defaults";
import { ETCD_STORAGE } from "../config/own-objects";
import { withoutEmpty } from "../kubernetes/metadata";
import { podLabels } from "../names";
import { POD_SECURITY_CONTEXT, UNPRIVILEGED } from "./security-context";

/**
 * Resources of each member of etcd. The chart sets no limits, so that the default ones of the namespace would apply, which
 * are those of small workloads: etcd keeps in memory what it reads of a database of up to 2 GiB.
 */
export const ETCD_RESOURCES = {
  requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": ETCD_STORAGE.requests },
  limits: { memory: "3Gi", "ephemeral-storage": ETCD_STORAGE.limits },
};

/** Chart values of an environment with several replicas: etcd in place of SQLite, and pods on different nodes. */
export function replicatedValues(env: Settings): JsonObject {
  if (!usesEtcd(env)) return {};
  const labels = podLabels(env.names);
  const metadata = withoutEmpty(env);
  return {
    controlPlane: {
      statefulSet: {
        // The defaults of Kubernetes' own components. With the chart's, nothing is synced for up to 75 seconds after the
        // syncer that leads is gone.
        highAvailability: { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 },
        scheduling: { topologySpreadConstraints: spread(labels.controlPlane) },
      },
      backingStore: {
        etcd: {
          deploy: {
            enabled: true,
            statefulSet: {
              ...metadata,
              ...(Object.keys(metadata).length > 0 && { pods: metadata }),
              resources: ETCD_RESOURCES,
              scheduling: { topologySpreadConstraints: spread(labels.etcd) },
              security: { podSecurityContext: POD_SECURITY_CONTEXT, containerSecurityContext: UNPRIVILEGED },
              // A tenant's Service of the name etcd would be ETCD_..., which etcd takes for its own settings.
              enableServiceLinks: false,
              persistence: { volumeClaim: { enabled: true } },
            },
          },
        },
      },
    },
  };
}

/** Different zones and nodes where there are any: a host of one node has to run all. */
function spread(matchLabels: Record<string, string>) {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  }));
}
