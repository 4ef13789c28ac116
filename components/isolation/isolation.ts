import { LimitRange, ResourceQuota } from "@pulumi/kubernetes/core/v1";
import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1";
import type { Resource, ResourceOptions } from "@pulumi/pulumi";

import type { IsolationArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import type { Names } from "../names";
import { networkPolicies } from "./network-policies";

type Profile = NonNullable<IsolationArgs["profile"]>;

/** Pod Security Standard of each profile, on the host and inside; undefined: none is enforced. */
export const POD_SECURITY_LEVELS: Readonly<Record<Profile, string | undefined>> = {
  default: "baseline",
  hardened: "restricted",
  open: undefined,
};

/** The only resources that Kubernetes counts by priority class, see `IsResourceQuotaScopeValidForResource`. */
const SCOPED_BY_PRIORITY = ["pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/**
 * Bounds of the environment's namespace, there before the first pod in it: quotas, limits and network policies in every
 * profile but `open`.
 *
 * @param lookup options of what is only read on the host. Pulumi knows no aliases for these, so they stay where they were
 */
export function isolation(
  name: string,
  names: Names,
  s: Settings,
  opts: ResourceOptions,
  lookup: Pick<ResourceOptions, "parent">,
): Resource[] {
  if (s.isolation.profile === "open") return [];
  return [
    ...quotas(name, names, s, opts),
    limits(name, names, s.isolation, opts),
    ...networkPolicies(name, names, s, opts, lookup),
  ];
}

/** Labels of the environment's namespace. */
export function podSecurityLabels(profile: Profile): Record<string, string> {
  const level = POD_SECURITY_LEVELS[profile];
  return level === undefined ? {} : { "pod-security.kubernetes.io/enforce": level };
}

/**
 * Two priority classes, in every profile. The control plane's is worth what a pod without a class is, its tenants' one
 * less: on a full node the scheduler makes room for the control plane at their expense, and never at that of anybody
 * else on the host.
 */
export function priorityClasses(name: string, names: Names, s: Settings, opts: ResourceOptions): Resource[] {
  const priorityClass = (suffix: string, className: string, priority: number, description: string) =>
    new PriorityClass(
      `${name}-${suffix}`,
      { metadata: { name: className, annotations: BACKGROUND_DELETION }, value: priority, description },
      opts,
    );
  return [
    ...(s.controlPlane.priorityClass === undefined
      ? [priorityClass("priority", names.priorityClass, 0, `Control plane of ${names.namespace}.`)]
      : []),
    priorityClass("workload-priority", names.workloadPriorityClass, -1, `Workloads of ${names.namespace}.`),
  ];
}

/**
 * What the scheduler gives out is counted without the control plane, so that no tenant can use up its share. Kubernetes
 * counts everything else for the namespace as a whole.
 */
function quotas(name: string, names: Names, s: Settings, opts: ResourceOptions): Resource[] {
  const part = (byClass: boolean) =>
    Object.fromEntries(
      Object.entries(s.isolation.quota).filter(([resource]) => SCOPED_BY_PRIORITY.includes(resource) === byClass),
    );
  const metadata = (suffix: string) => ({
    name: `${names.release}-${suffix}`,
    namespace: names.namespace,
    annotations: BACKGROUND_DELETION,
  });
  const others = {
    scopeName: "PriorityClass",
    operator: "NotIn",
    values: [s.controlPlane.priorityClass ?? names.priorityClass],
  };
  return [
    new ResourceQuota(
      `${name}-workload-quota`,
      {
        metadata: metadata("workloads"),
        spec: { hard: part(true), scopeSelector: { matchExpressions: [others] } },
      },
      opts,
    ),
    new ResourceQuota(`${name}-object-quota`, { metadata: metadata("objects"), spec: { hard: part(false) } }, opts),
  ];
}

/** A quota on requests and limits refuses pods without them: this gives them some. */
function limits(name: string, names: Names, isolation: Settings["isolation"], opts: ResourceOptions): Resource {
  return new LimitRange(
    `${name}-limits`,
    {
      metadata: { name: names.release, namespace: names.namespace, annotations: BACKGROUND_DELETION },
      spec: {
        limits: [
          { type: "Container", default: isolation.containerLimits, defaultRequest: isolation.containerRequests },
        ],
      },
    },
    opts,
  );
}
