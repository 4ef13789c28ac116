import { contentsOf, hasKey, LATER, SECRET_TYPE_LABEL } from "../argocd";
import { setAt } from "../json";
import { kindOf, labelsOf, namespaceOf, type Resource } from "../kubernetes";
import { resourceRule, textList } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

interface Config {
  readonly argocdNamespaces: readonly string[];
}

export const argocdSecretLabel = resourceRule<Config>({
  name: "argocd-secret-label",
  description: "The Secret of a cluster carries the label by which Argo CD finds it.",
  severity: "high",
  remediationSteps: `Label the Secret ${SECRET_TYPE_LABEL}: cluster. This rule can do so itself at enforcement level remediate.`,
  url: CLUSTER_SECRET_DOCS,
  configSchema: {
    argocdNamespaces: textList(["argocd"], "Namespaces in which an Argo CD looks for its clusters."),
  },
  applies: (resource) => {
    if (kindOf(resource) !== "Secret") return "is about Secrets";
    if (contentsOf(resource) === undefined) return LATER;
    return hasKey(resource, "server") && hasKey(resource, "config") ? undefined : "lacks the keys server and config";
  },
  check: (resource, { config, report }) => {
    if (!lacksLabel(resource, config)) return;
    report({
      path: `metadata.labels["${SECRET_TYPE_LABEL}"]`,
      problem: "Argo CD does not see this cluster",
      value: labelsOf(resource)[SECRET_TYPE_LABEL],
      allowed: '"cluster"',
      fix: "set the label",
    });
  },
  remediate: (resource, config) => {
    if (!lacksLabel(resource, config)) return undefined;
    setAt(resource.props, ["metadata", "labels", SECRET_TYPE_LABEL], "cluster");
    return resource.props;
  },
});

function lacksLabel(resource: Resource, { argocdNamespaces }: Config): boolean {
  return argocdNamespaces.includes(namespaceOf(resource) ?? "") && labelsOf(resource)[SECRET_TYPE_LABEL] !== "cluster";
}
