import { clusterSecretsOnly, secretText } from "../argocd";
import { resourceRule } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

export const argocdSecretName = resourceRule({
  name: "argocd-secret-name",
  description: "A cluster Secret sets the name that Applications use as their destination.",
  severity: "high",
  remediationSteps: "Set the key name of the Secret.",
  url: CLUSTER_SECRET_DOCS,
  applies: clusterSecretsOnly,
  check: (resource, { report }) => {
    if (secretText(resource, "name") !== undefined) return;
    report({
      path: "stringData.name",
      problem: "Applications cannot refer to this cluster by name",
      allowed: "the cluster's name, for example dev-vcluster",
      fix: "set the key",
    });
  },
});
