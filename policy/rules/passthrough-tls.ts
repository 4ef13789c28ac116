import { asList } from "../json";
import { kindOf, specOf } from "../kubernetes";
import { API_SERVICES, isApiIngress, type ApiServices } from "../routes";
import { resourceRule } from "../rule";
import { PASSTHROUGH_DOCS } from "../urls";
import { vclustersIn } from "../vcluster";

export const passthroughTls = resourceRule<ApiServices>({
  name: "passthrough-tls",
  description: "No TLS section makes the controller end the TLS of a virtual cluster's API.",
  severity: "critical",
  remediationSteps: "Remove the TLS section; the virtual cluster's API shows its own certificate.",
  url: PASSTHROUGH_DOCS,
  configSchema: API_SERVICES,
  applies: (resource) =>
    kindOf(resource) === "Ingress" || vclustersIn(resource).length > 0
      ? undefined
      : "is about Ingresses and deliveries of the vcluster chart",
  check: (resource, { config, report }) => {
    const sections = vclustersIn(resource).map(
      ({ values }) =>
        [values.where("controlPlane.ingress.spec.tls"), values.get("controlPlane.ingress.spec.tls")] as const,
    );
    if (isApiIngress(resource, config)) sections.push(["spec.tls", specOf(resource, "tls")]);
    for (const [path, tls] of sections) {
      if (asList(tls).length === 0) continue;
      report({
        path,
        problem: "the controller would show its own certificate, and no client certificate reaches the API",
        value: tls,
        allowed: "nothing",
        fix: "remove the section",
      });
    }
  },
});
