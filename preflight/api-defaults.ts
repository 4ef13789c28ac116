import { isDeepStrictEqual } from "node:util";

import { getIn, isPlainObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";

/** The API fills in `maxUnavailable` with the feature gate MaxUnavailableStatefulSet, which is off in Kubernetes 1.34. */
const STATEFUL_SET_UPDATES = [{ partition: 0 }, { partition: 0, maxUnavailable: 1 }];
const DEPLOYMENT_UPDATES = { maxUnavailable: "25%", maxSurge: "25%" };

/**
 * What the API fills in where a field is not set, by the field's name, in the kinds that environments consist of. The record
 * of an object that another manager has created, such as Velero or `kubectl replace --force`, names that manager for these too.
 *
 * Source: the defaults of Kubernetes 1.34 (`pkg/apis/<group>/v1/defaults.go`), and of the Gateway API's CRDs.
 */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  // Pods and their containers
  apiVersion: ["v1"], // of a fieldRef, and of a template of a claim
  defaultMode: [420],
  dnsPolicy: ["ClusterFirst"],
  enableServiceLinks: [true],
  expirationSeconds: [3600],
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
  // StatefulSets and Deployments
  persistentVolumeClaimRetentionPolicy: [{ whenDeleted: "Retain", whenScaled: "Retain" }],
  maxSurge: ["25%"],
  maxUnavailable: [1, "25%"],
  partition: [0],
  podManagementPolicy: ["OrderedReady"],
  progressDeadlineSeconds: [600],
  revisionHistoryLimit: [10],
  rollingUpdate: [...STATEFUL_SET_UPDATES, DEPLOYMENT_UPDATES],
  status: [{ phase: "Pending" }], // of a template of a claim
  strategy: [{ type: "RollingUpdate", rollingUpdate: DEPLOYMENT_UPDATES }],
  updateStrategy: STATEFUL_SET_UPDATES.map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
  volumeMode: ["Filesystem"],
  whenDeleted: ["Retain"],
  whenScaled: ["Retain"],
  // Services
  allocateLoadBalancerNodePorts: [true],
  externalTrafficPolicy: ["Cluster"],
  internalTrafficPolicy: ["Cluster"],
  ipFamilyPolicy: ["SingleStack"],
  sessionAffinity: ["None"],
  type: ["ClusterIP", "Opaque", "RollingUpdate"],
  // Routes, and templates of claims
  group: ["gateway.networking.k8s.io"],
  kind: ["Gateway", "PersistentVolumeClaim", "Service"],
  weight: [1],
  // Admission policies
  failurePolicy: ["Fail"],
  matchPolicy: ["Equivalent"],
  scope: ["*"],
};

/** Fields whose value the API chooses. */
const CHOSEN = new Set(["clusterIP", "clusterIPs", "ipFamilies", "nodePort", "serviceAccount", "targetPort"]);

/** Maps of labels, where every key is one of its writer. */
const LABELS = /^(matchLabels|nodeSelector|selector)$/;

/** True for a value that the API may have filled in itself. */
export function isApiDefault(place: readonly string[], value: unknown): boolean {
  const [key = "", parent = "", list] = [...place].reverse();
  // Names in a chart's values mean nothing to the API, which fills in no defaults there.
  if (LABELS.test(parent) || place.includes("valuesObject")) return false;
  if (/^(namespace|object)Selector$/.test(key) && isDeepStrictEqual(value, {})) {
    return /^match(Constraints|Resources)$/.test(parent) || list === "webhooks";
  }
  return CHOSEN.has(key) || (DEFAULTS[key] ?? []).some((one) => isDeepStrictEqual(one, value));
}

/** What the API fills in a LimitRange: the limits of containers from `max`, then their requests from the limits, or else `min`. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  default: ["max"],
  defaultRequest: ["default", "max", "min"],
};

/**
 * True for limits or requests, or one of them, that the API has filled in from what is declared. What it has filled in from an addition
 * stays when that is removed, so it is an addition itself.
 */
export function isFilledLimit(
  declared: object,
  [, , index, field = "", key]: readonly string[],
  value: unknown,
): boolean {
  const limits = getIn(declared, "spec", "limits");
  if (getIn(declared, "kind") !== "LimitRange" || !Array.isArray(limits)) return false;
  const item: unknown = limits[Number(index)];
  const filled = key === undefined ? value : { [key]: value };
  const isFrom = ([name, one]: [string, unknown]) => {
    const sources = (LIMITS[field] ?? []).map((source) => getIn(item, source, name));
    const source = sources.find((amount) => amount !== undefined);
    return source !== undefined && amountOf(source) === amountOf(one);
  };
  return isPlainObject(filled) && Object.entries(filled).every(isFrom);
}

/** A quantity as it compares in any unit. */
function amountOf(amount: unknown): unknown {
  return parseQuantity(String(amount)) ?? amount;
}
