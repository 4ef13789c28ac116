import { LimitRange, ResourceQuota } from "@pulumi/kubernetes/core/v1";
import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1";
import type { Resource, ResourceOptions } from "@pulumi/pulumi";

import { POD_SECURITY_ENFORCE } from "../../shared/kubernetes";
import type { IsolationArgs } from "../config/args";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
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
 * Quotas, limits and network policies of the environment's namespace, in every profile but `open`. They exist before its
 * first pod.
 *
 * @param lookup options of what is only read on the host. It has no aliases in Pulumi, so it keeps its parent
 */
export function isolation(
  name: string,
  env: ResolvedEnvironment,
  opts: ResourceOptions,
  lookup: Pick<ResourceOptions, "parent">,
): Resource[] {
  if (env.isolation.profile === "open") return [];
  return [...quotas(name, env, opts), limits(name, env, opts), ...networkPolicies(name, env, opts, lookup)];
}

/** Labels of the environment's namespace. */
export function podSecurityLabels(profile: Profile): Record<string, string> {
  const level = POD_SECURITY_LEVELS[profile];
  return level === undefined ? {} : { [POD_SECURITY_ENFORCE]: level };
}

/**
 * Two priority classes, in every profile. The control plane has the priority of a pod without a class, its workloads one
 * less: on a full node, the scheduler preempts them for the control plane, and never other pods of the host.
 */
export function priorityClasses(name: string, env: ResolvedEnvironment, opts: ResourceOptions): Resource[] {
  const { namespace, priorityClass: ownClass, workloadPriorityClass } = env.names;
  const priorityClass = (suffix: string, className: string, priority: number, description: string) =>
    new PriorityClass(
      `${name}-${suffix}`,
      { metadata: { name: className, annotations: OWN_OBJECT }, value: priority, description },
      opts,
    );
  return [
    ...(env.controlPlane.priorityClass === undefined
      ? [priorityClass("priority", ownClass, 0, `Control plane of ${namespace}.`)]
      : []),
    priorityClass("workload-priority", workloadPriorityClass, -1, `Workloads of ${namespace}.`),
  ];
}

/**
 * Compute resources are counted without the control plane, so that no tenant can use up its share. Kubernetes counts
 * everything else for the namespace as a whole.
 */
function quotas(name: string, { names, isolation, controlPlane }: ResolvedEnvironment, opts: ResourceOptions) {
  const quota = (kind: string, scoped: boolean, scope: object) => {
    const hard = Object.entries(isolation.quota).filter(([key]) => SCOPED_BY_PRIORITY.includes(key) === scoped);
    return new ResourceQuota(
      `${name}-${kind}-quota`,
      {
        metadata: {
          name: `${names.release}-${kind}s`,
          namespace: names.namespace,
          annotations: OWN_OBJECT,
        },
        spec: { hard: Object.fromEntries(hard), ...scope },
      },
      opts,
    );
  };
  const values = [controlPlane.priorityClass ?? names.priorityClass];
  const workloads = { matchExpressions: [{ scopeName: "PriorityClass", operator: "NotIn", values }] };
  return [quota("workload", true, { scopeSelector: workloads }), quota("object", false, {})];
}

/** Defaults for containers without requests and limits: the quota would reject their pods. */
function limits(name: string, { names, isolation }: ResolvedEnvironment, opts: ResourceOptions): Resource {
  return new LimitRange(
    `${name}-limits`,
    {
      metadata: { name: names.release, namespace: names.namespace, annotations: OWN_OBJECT },
      spec: {
        limits: [
          { type: "Container", default: isolation.containerLimits, defaultRequest: isolation.containerRequests },
        ],
      },
    },
    opts,
  );
}
