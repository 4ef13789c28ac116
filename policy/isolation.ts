import type { StackValidationPolicy } from "@pulumi/policy";
import { kindOf, namespaceOf, type Resource } from "./kubernetes";
import { stackRule } from "./rule";
import { readableVclusters } from "./vcluster";

/** Every deployment of the chart in a stack whose values can be read, and the resource that makes it. */
export function deploymentsIn(resources: readonly Resource[]) {
  return resources.flatMap((resource) => readableVclusters(resource).map((vcluster) => ({ vcluster, resource })));
}

/** The `applies` of rules about these. */
export function deploysVcluster(resources: readonly Resource[]): string | undefined {
  return deploymentsIn(resources).length > 0
    ? undefined
    : "the stack deploys no virtual cluster with values that can be read";
}

/** A rule that requires an object of a kind in each environment's namespace, from the stack or from the chart. */
export function requiredInNamespace(
  rule: Omit<Parameters<typeof stackRule>[0], "applies" | "check"> & {
    readonly kind: string;
    /** The chart's switch for the object: true, false or auto. */
    readonly value: string;
    /** Another switch that implies the object while its own is auto. */
    readonly impliedBy: string;
  },
): StackValidationPolicy {
  const { kind, value, impliedBy, ...description } = rule;
  return stackRule({
    ...description,
    applies: deploysVcluster,
    check: (resources, { report }) => {
      for (const { vcluster, resource } of deploymentsIn(resources)) {
        const { values, namespace, namespacePath: path } = vcluster;
        const off = String(values.get(value)) === "false";
        const fromChart = values.isOn(value) || (values.isOn(impliedBy) && !off);
        if (fromChart || resources.some((item) => kindOf(item) === kind && namespaceOf(item) === namespace)) continue;
        const problem = `the environment's namespace has no ${kind}`;
        const allowed = `a ${kind} in the stack, or ${value}: true in the values`;
        report(resource, { path, problem, value: namespace, allowed, fix: `add a ${kind} to the namespace` });
      }
    },
  });
}
