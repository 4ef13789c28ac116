import { ARGOCD_SECRET_TYPE } from "../../shared/kubernetes";
import { contentsOf, hasKey, LATER } from "../argocd";
import { setAt } from "../json";
import { kindOf, labelsOf, namespaceOf, type Resource } from "../kubernetes";
import { type Lists, resourceRule, textList } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

type Config = Lists<"argocdNamespaces">;

export const argocdSecretLabel = resourceRule<Config>({
  name: "argocd-secret-label",
  description: "A cluster Secret has the label by which Argo CD finds it.",
  severity: "high",
  remediationSteps: `Label the Secret ${ARGOCD_SECRET_TYPE}: cluster. This rule can do it with enforcement level remediate.`,
  url: CLUSTER_SECRET_DOCS,
  configSchema: {
    argocdNamespaces: textList(["argocd"], "Namespaces where Argo CD looks for cluster Secrets."),
  },
  applies: (resource) => {
    if (kindOf(resource) !== "Secret") return "applies to Secrets";
    if (contentsOf(resource) === undefined) return LATER;
    return hasKey(resource, "server") && hasKey(resource, "config") ? undefined : "lacks the keys server and config";
  },
  check: (resource, { config, report }) => {
    if (!lacksLabel(resource, config)) return;
    report({
      path: `metadata.labels["${ARGOCD_SECRET_TYPE}"]`,
      problem: "Argo CD does not find this cluster",
      value: labelsOf(resource)[ARGOCD_SECRET_TYPE],
      allowed: '"cluster"',
      fix: "set the label",
    });
  },
  remediate: (resource, config) => {
    if (!lacksLabel(resource, config)) return undefined;
    setAt(resource.props, ["metadata", "labels", ARGOCD_SECRET_TYPE], "cluster");
    return resource.props;
  },
});

function lacksLabel(resource: Resource, { argocdNamespaces }: Config): boolean {
  return argocdNamespaces.includes(namespaceOf(resource) ?? "") && labelsOf(resource)[ARGOCD_SECRET_TYPE] !== "cluster";
}
