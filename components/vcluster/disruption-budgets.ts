import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import type { Resource, ResourceOptions } from "@pulumi/pulumi";

import { usesEtcd } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { podLabels } from "../names";

/**
 * Budgets by which a drain of nodes evicts one pod of the control plane and one of etcd at a time; the chart has none. A
 * control plane of one pod gets none either: its node could never be drained.
 */
export function disruptionBudgets(name: string, env: ResolvedEnvironment, opts: ResourceOptions): Resource[] {
  if (!usesEtcd(env)) return [];
  const { names } = env;
  const labels = podLabels(names);
  const budget = (suffix: string, budgetName: string, matchLabels: Record<string, string>) =>
    new PodDisruptionBudget(
      `${name}-${suffix}`,
      {
        metadata: { name: budgetName, namespace: names.namespace, annotations: OWN_OBJECT },
        spec: { maxUnavailable: 1, selector: { matchLabels } },
      },
      opts,
    );
  return [
    budget("control-plane-budget", names.release, labels.controlPlane),
    budget("etcd-budget", names.etcd, labels.etcd),
  ];
}
