import { clusterSecretsOnly, connectionOf, tlsSettings } from "../argocd";
import { asText } from "../json";
import { resourceRule } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

export const argocdSecretCredential = resourceRule({
  name: "argocd-secret-credential",
  description: "Argo CD has one credential for the cluster: a token, and no client certificate in addition.",
  severity: "critical",
  remediationSteps: "Set bearerToken to the token of a service account, and remove certData and keyData.",
  url: CLUSTER_SECRET_DOCS,
  applies: clusterSecretsOnly,
  check: (resource, { report }) => {
    const connection = connectionOf(resource);
    if (typeof connection === "string") return;
    const tls = tlsSettings(connection);
    const certificate = ["certData", "keyData"].filter((key) => asText(tls[key]) !== undefined);
    const token = asText(connection.bearerToken) !== undefined;
    const other = ["username", "execProviderConfig", "awsAuthConfig"].some((key) => connection[key] !== undefined);
    if (token && certificate.length > 0) {
      report({
        path: `stringData.config.tlsClientConfig.${certificate.join(", ")}`,
        problem:
          "the client certificate takes precedence over the token, and the virtual cluster's own is a cluster administrator's",
        allowed: "a token or a client certificate",
        fix: "remove certData and keyData",
      });
    }
    if (token || other || certificate.length === 2) return;
    report({
      path: "stringData.config",
      problem: "it contains no credential",
      allowed: "bearerToken, or certData and keyData together",
      fix: "set bearerToken",
    });
  },
});
