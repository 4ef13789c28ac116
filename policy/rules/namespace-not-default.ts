import { kindOf, namespaceOf, type Resource } from "../kubernetes";
import { resourceRule, textList } from "../rule";
import { vclustersIn } from "../vcluster";

/** Kinds that belong to one environment, where the namespace is its border. */
const KINDS = ["Ingress", "IngressRouteTCP", "TLSRoute", "Secret", "NetworkPolicy", "ResourceQuota", "LimitRange"];

interface Config {
  readonly deniedNamespaces: readonly string[];
}

export const namespaceNotDefault = resourceRule<Config>({
  name: "namespace-not-default",
  description: "An environment's objects have a namespace of their own.",
  severity: "high",
  remediationSteps: "Name the environment's namespace.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  configSchema: {
    deniedNamespaces: textList(
      ["default", "kube-system", "kube-public", "kube-node-lease"],
      "Namespaces that no environment may use.",
    ),
  },
  applies: (resource) =>
    placesOf(resource).length > 0 ? undefined : `delivers no virtual cluster and is not a ${KINDS.join(", ")}`,
  check: (resource, { config, report }) => {
    for (const [path, namespace] of placesOf(resource)) {
      if (namespace !== undefined && !config.deniedNamespaces.includes(namespace)) continue;
      report({
        path,
        problem: "what is not in a namespace of its own is shared with whoever comes next",
        value: namespace,
        allowed: `a namespace other than ${config.deniedNamespaces.join(", ")}`,
        fix: "name the environment's namespace",
      });
    }
  },
});

function placesOf(resource: Resource): (readonly [path: string, namespace: string | undefined])[] {
  if (KINDS.includes(kindOf(resource) ?? "")) return [["metadata.namespace", namespaceOf(resource)]];
  return vclustersIn(resource).map(({ namespacePath, namespace }) => [namespacePath, namespace] as const);
}
