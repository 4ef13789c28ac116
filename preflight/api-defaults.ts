import { isDeepStrictEqual } from "node:util";

/**
 * What the API fills in where a field is not set, by the field's name, in the kinds that environments consist of. The record
 * of an object that another manager has created, such as Velero or `kubectl replace --force`, names that manager for these too.
 *
 * Source: the defaults of Kubernetes 1.34 (`pkg/apis/<group>/v1/defaults.go`).
 */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  // Pods and their containers
  defaultMode: [420],
  dnsPolicy: ["ClusterFirst"],
  enableServiceLinks: [true],
  failureThreshold: [3],
  imagePullPolicy: ["IfNotPresent", "Always"],
  periodSeconds: [10],
  preemptionPolicy: ["PreemptLowerPriority"],
  protocol: ["TCP"],
  restartPolicy: ["Always"],
  scheme: ["HTTP"],
  schedulerName: ["default-scheduler"],
  successThreshold: [1],
  terminationGracePeriodSeconds: [30],
  terminationMessagePath: ["/dev/termination-log"],
  terminationMessagePolicy: ["File"],
  timeoutSeconds: [1],
  // StatefulSets
  persistentVolumeClaimRetentionPolicy: [{ whenDeleted: "Retain", whenScaled: "Retain" }],
  podManagementPolicy: ["OrderedReady"],
  revisionHistoryLimit: [10],
  updateStrategy: [{ type: "RollingUpdate", rollingUpdate: { partition: 0 } }],
  volumeMode: ["Filesystem"],
  // Services
  allocateLoadBalancerNodePorts: [true],
  externalTrafficPolicy: ["Cluster"],
  internalTrafficPolicy: ["Cluster"],
  ipFamilyPolicy: ["SingleStack"],
  sessionAffinity: ["None"],
  type: ["ClusterIP", "Opaque"],
  // Admission policies
  failurePolicy: ["Fail"],
  matchPolicy: ["Equivalent"],
  scope: ["*"],
};

/** Fields whose value the API chooses. */
const CHOSEN = new Set(["clusterIP", "clusterIPs", "ipFamilies", "nodePort", "serviceAccount", "targetPort"]);

/** True for a value that the API may have filled in itself. */
export function isApiDefault(key: string, value: unknown): boolean {
  return CHOSEN.has(key) || (DEFAULTS[key] ?? []).some((one) => isDeepStrictEqual(one, value));
}
