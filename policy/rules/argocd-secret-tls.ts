import { clusterSecretsOnly, connectionOf, secretText, tlsSettings } from "../argocd";
import { asText } from "../json";
import { resourceRule } from "../rule";
import { CLUSTER_SECRET_DOCS } from "../urls";

export const argocdSecretTls = resourceRule({
  name: "argocd-secret-tls",
  description: "Argo CD reaches the cluster over TLS and verifies its certificate.",
  severity: "critical",
  remediationSteps:
    "Use an https server, set tlsClientConfig.caData to the virtual cluster's CA, and leave insecure out.",
  url: CLUSTER_SECRET_DOCS,
  applies: clusterSecretsOnly,
  check: (resource, { report }) => {
    const server = secretText(resource, "server");
    if (server?.startsWith("https://") !== true) {
      report({
        path: "stringData.server",
        problem: "the token would cross the network in the clear, or nothing says where the cluster is",
        value: server,
        allowed: "an address that begins with https://",
        fix: "use the virtual cluster's in-cluster name, https://<release>.<namespace>.svc:443",
      });
    }
    const connection = connectionOf(resource);
    if (connection === "unknown") return;
    if (connection === "unreadable") {
      report({
        path: "stringData.config",
        problem: "it is not a JSON object, and Argo CD cannot use the cluster",
        allowed: "JSON with bearerToken and tlsClientConfig",
        fix: "write the connection as JSON",
      });
      return;
    }
    const tls = tlsSettings(connection);
    if (tls.insecure !== undefined && tls.insecure !== false) {
      report({
        path: "stringData.config.tlsClientConfig.insecure",
        problem: "whoever answers at that address gets the token",
        value: tls.insecure,
        allowed: "false, or nothing",
        fix: "remove it and give caData",
      });
    }
    if (asText(tls.caData) === undefined) {
      report({
        path: "stringData.config.tlsClientConfig.caData",
        problem: "without the virtual cluster's own CA its certificate is not trusted",
        allowed: "the CA's certificate in base64",
        fix: "set it",
      });
    }
  },
});
