import { deploymentsIn, deploysVcluster } from "../isolation";
import { asList, asObject, asTexts } from "../json";
import { kindOf, namespaceOf, specOf, type Resource } from "../kubernetes";
import { stackRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const DIRECTIONS = ["Ingress", "Egress"];

export const isolationNetworkPolicies = stackRule({
  name: "isolation-network-policies",
  description: "NetworkPolicies isolate all pods of the environment's namespace in both directions.",
  severity: "critical",
  remediationSteps: "Add NetworkPolicies with an empty podSelector for Ingress and Egress to the namespace.",
  url: `${VALUES_DOCS}/policies/network-policy`,
  applies: deploysVcluster,
  check: (resources, { report }) => {
    for (const { vcluster, resource } of deploymentsIn(resources)) {
      const isolated = new Set(
        resources.filter((policy) => namespaceOf(policy) === vcluster.namespace).flatMap(isolatedDirections),
      );
      // The chart's own policies cover egress only.
      if (vcluster.values.isOn("policies.networkPolicy.enabled")) isolated.add("Egress");
      for (const direction of DIRECTIONS.filter((name) => !isolated.has(name))) {
        report(resource, {
          path: vcluster.namespacePath,
          problem: `no NetworkPolicy isolates all pods of the namespace for ${direction}`,
          value: vcluster.namespace,
          allowed: "a NetworkPolicy with an empty podSelector for each direction",
          fix: `add one with policyTypes ["${direction}"]`,
        });
      }
    }
  },
});

/** The directions for which a NetworkPolicy isolates all pods of its namespace. */
function isolatedDirections(resource: Resource): string[] {
  if (kindOf(resource) !== "NetworkPolicy" || Object.keys(asObject(specOf(resource, "podSelector"))).length > 0)
    return [];
  const types = asTexts(specOf(resource, "policyTypes"));
  if (types.length > 0) return types;
  // Without policyTypes, a policy applies to Ingress, and to Egress if it has egress rules.
  return asList(specOf(resource, "egress")).length > 0 ? DIRECTIONS : ["Ingress"];
}
