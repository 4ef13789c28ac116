import { clusterSecretsOnly, secretText } from "../argocd";
import { resourceRule } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

export const argocdSecretName = resourceRule({
  name: "argocd-secret-name",
  description: "The Secret of a cluster gives the name that an Application's destination uses.",
  severity: "high",
  remediationSteps: "Set the key name of the Secret.",
  url: CLUSTER_SECRET_DOCS,
  applies: clusterSecretsOnly,
  check: (resource, { report }) => {
    if (secretText(resource, "name") !== undefined) return;
    report({
      path: "stringData.name",
      problem: "no Application can name this cluster as its destination",
      allowed: "the cluster's name, for example dev-vcluster",
      fix: "set the key",
    });
  },
});
