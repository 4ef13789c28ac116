import type { StackValidationPolicy } from "@pulumi/policy";
import { kindOf, namespaceOf, type Resource } from "./kubernetes";
import { stackRule } from "./rule";
import { vclustersIn, type Vcluster } from "./vcluster";

export interface Delivery {
  readonly vcluster: Vcluster;
  readonly resource: Resource;
}

/** Every delivery of the chart in a stack whose values can be read, beside the resource that makes it. */
export function deliveries(resources: readonly Resource[]): Delivery[] {
  return resources.flatMap((resource) =>
    vclustersIn(resource)
      .filter(({ unreadable }) => unreadable.length === 0)
      .map((vcluster) => ({ vcluster, resource })),
  );
}

/** The `applies` of rules about the deliveries of a stack. */
export function noDelivery(resources: readonly Resource[]): string | undefined {
  return deliveries(resources).length > 0 ? undefined : "the stack delivers no virtual cluster with readable values";
}

/** A rule that wants an object of a kind in each environment's namespace, from the stack or from the chart. */
export function requiredInNamespace(
  rule: Omit<Parameters<typeof stackRule>[0], "applies" | "check"> & {
    readonly kind: string;
    /** The chart's switch for the object: true, false or auto. */
    readonly value: string;
    /** Another switch that brings the object along while its own is auto. */
    readonly broughtBy: string;
  },
): StackValidationPolicy {
  const { kind, value, broughtBy, ...description } = rule;
  return stackRule({
    ...description,
    applies: noDelivery,
    check: (resources, { report }) => {
      for (const { vcluster, resource } of deliveries(resources)) {
        const { values, namespace } = vcluster;
        const off = String(values.get(value)) === "false";
        const fromChart = values.isOn(value) || (values.isOn(broughtBy) && !off);
        if (fromChart || resources.some((item) => kindOf(item) === kind && namespaceOf(item) === namespace)) continue;
        report(
          {
            path: vcluster.namespacePath,
            problem: `there is no ${kind} in the environment's namespace`,
            value: namespace,
            allowed: `a ${kind} of the stack, or ${value}: true in the values`,
            fix: `add a ${kind} to the namespace`,
          },
          resource,
        );
      }
    },
  });
}
