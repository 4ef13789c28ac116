import { clusterSecretsOnly, connectionOf, secretText, tlsSettings } from "../argocd";
import { asText } from "../json";
import { resourceRule } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

export const argocdSecretTls = resourceRule({
  name: "argocd-secret-tls",
  description: "Argo CD connects to the cluster over TLS and verifies its certificate.",
  severity: "critical",
  remediationSteps: "Use an https server, set tlsClientConfig.caData to the virtual cluster's CA, and remove insecure.",
  url: CLUSTER_SECRET_DOCS,
  applies: clusterSecretsOnly,
  check: (resource, { report }) => {
    const server = secretText(resource, "server");
    if (server?.startsWith("https://") !== true) {
      report({
        path: "stringData.server",
        problem: "the token would be sent unencrypted, or the address of the cluster is missing",
        value: server,
        allowed: "a URL that starts with https://",
        fix: "use the virtual cluster's in-cluster name, https://<release>.<namespace>.svc:443",
      });
    }
    const connection = connectionOf(resource);
    if (connection === "unknown") return;
    if (connection === "unreadable") {
      report({
        path: "stringData.config",
        problem: "it is not a JSON object, so Argo CD cannot use the cluster",
        allowed: "JSON with bearerToken and tlsClientConfig",
        fix: "write it as JSON",
      });
      return;
    }
    const tls = tlsSettings(connection);
    if (tls.insecure !== undefined && tls.insecure !== false) {
      report({
        path: "stringData.config.tlsClientConfig.insecure",
        problem: "the token is sent to any server at that address, because its certificate is not verified",
        value: tls.insecure,
        allowed: "false, or not set",
        fix: "remove it and set caData",
      });
    }
    if (asText(tls.caData) === undefined) {
      report({
        path: "stringData.config.tlsClientConfig.caData",
        problem: "without the virtual cluster's CA, its certificate is not trusted",
        allowed: "the CA certificate in base64",
        fix: "set it",
      });
    }
  },
});
