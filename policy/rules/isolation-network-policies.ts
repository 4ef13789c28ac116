import { deliveries, noDelivery } from "../isolation";
import { asList, asObject, asTexts } from "../json";
import { kindOf, namespaceOf, specOf, type Resource } from "../kubernetes";
import { stackRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const DIRECTIONS = ["Ingress", "Egress"];

export const isolationNetworkPolicies = stackRule({
  name: "isolation-network-policies",
  description: "NetworkPolicies close the environment's namespace in both directions.",
  severity: "critical",
  remediationSteps: "Add NetworkPolicies with an empty podSelector for Ingress and for Egress to the namespace.",
  url: `${VALUES_DOCS}/policies/network-policy`,
  applies: noDelivery,
  check: (resources, { report }) => {
    for (const { vcluster, resource } of deliveries(resources)) {
      const closed = new Set(
        resources.filter((policy) => namespaceOf(policy) === vcluster.namespace).flatMap(closedDirections),
      );
      // The chart's own policies cover egress only.
      if (vcluster.values.isOn("policies.networkPolicy.enabled")) closed.add("Egress");
      for (const direction of DIRECTIONS.filter((name) => !closed.has(name))) {
        report(
          {
            path: vcluster.namespacePath,
            problem: `no NetworkPolicy covers ${direction} of every pod of the namespace`,
            value: vcluster.namespace,
            allowed: "a NetworkPolicy with an empty podSelector for each direction",
            fix: `add one with policyTypes ["${direction}"]`,
          },
          resource,
        );
      }
    }
  },
});

/** The directions that a NetworkPolicy closes for every pod of its namespace. */
function closedDirections(resource: Resource): string[] {
  if (kindOf(resource) !== "NetworkPolicy" || Object.keys(asObject(specOf(resource, "podSelector"))).length > 0)
    return [];
  const types = asTexts(specOf(resource, "policyTypes"));
  if (types.length > 0) return types;
  // Without types a policy is about Ingress, and about Egress where it has rules for that.
  return asList(specOf(resource, "egress")).length > 0 ? DIRECTIONS : ["Ingress"];
}
