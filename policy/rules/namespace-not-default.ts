import { kindOf, namespaceOf, type Resource } from "../kubernetes";
import { type Lists, resourceRule, textList } from "../rule";
import { vclustersIn } from "../vcluster";

/** Namespaced kinds that belong to one environment. */
const KINDS = ["Ingress", "IngressRouteTCP", "TLSRoute", "Secret", "NetworkPolicy", "ResourceQuota", "LimitRange"];

export const namespaceNotDefault = resourceRule<Lists<"deniedNamespaces">>({
  name: "namespace-not-default",
  description: "The objects of an environment are in its own namespace.",
  severity: "high",
  remediationSteps: "Set the environment's own namespace.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  configSchema: {
    deniedNamespaces: textList(
      ["default", "kube-system", "kube-public", "kube-node-lease"],
      "Namespaces that environments must not use.",
    ),
  },
  applies: (resource) =>
    placesOf(resource).length > 0 ? undefined : `deploys no virtual cluster and is not a ${KINDS.join(", ")}`,
  check: (resource, { config, report }) => {
    for (const [path, namespace] of placesOf(resource)) {
      if (namespace !== undefined && !config.deniedNamespaces.includes(namespace)) continue;
      report({
        path,
        problem: "objects outside of a dedicated namespace are shared with other environments",
        value: namespace,
        allowed: `a namespace other than ${config.deniedNamespaces.join(", ")}`,
        fix: "set the environment's own namespace",
      });
    }
  },
});

function placesOf(resource: Resource): (readonly [path: string, namespace: string | undefined])[] {
  if (KINDS.includes(kindOf(resource) ?? "")) return [["metadata.namespace", namespaceOf(resource)]];
  return vclustersIn(resource).map(({ namespacePath, namespace }) => [namespacePath, namespace] as const);
}
