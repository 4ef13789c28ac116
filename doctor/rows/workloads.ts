import { count, type KubeObject, nameOf, namespaceOf, title } from "../objects";
import type { Sighting } from "../model";

/** Deployments, StatefulSets and DaemonSets of the host of which no pod is ready, with the command that brings one back. */
export function down(workloads: readonly KubeObject[]): Sighting[] {
  return workloads.filter((workload) => ready(workload) === 0).map(sighting);
}

function ready({ status }: KubeObject): number {
  return count({ status }, "status.readyReplicas") + count({ status }, "status.numberReady");
}

function sighting(workload: KubeObject): Sighting {
  const { kind = "Deployment" } = workload;
  const target = `${kind.toLowerCase()}/${nameOf(workload)}`;
  const place = `kubectl -n ${namespaceOf(workload)}`;
  const none = kind !== "DaemonSet" && workload["spec"] !== undefined && count(workload, "spec.replicas") === 0;
  // A first generation has none before it.
  const command = count(workload, "metadata.generation") > 1 ? "undo" : "restart";
  return {
    what: title(kind, workload),
    seen: none ? "spec.replicas is 0" : "no pod of it is ready",
    fix: none ? `${place} scale ${target} --replicas=1` : `${place} rollout ${command} ${target}`,
  };
}
