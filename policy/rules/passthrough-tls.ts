import { asList } from "../json";
import { kindOf, specOf } from "../kubernetes";
import { API_SERVICES, isApiIngress, type ApiServices } from "../routes";
import { resourceRule } from "../rule";
import { PASSTHROUGH_DOCS } from "../urls";
import { vclustersIn } from "../vcluster";

export const passthroughTls = resourceRule<ApiServices>({
  name: "passthrough-tls",
  description: "No TLS section makes the ingress controller terminate TLS for a virtual cluster's API.",
  severity: "critical",
  remediationSteps: "Remove the TLS section; the virtual cluster's API presents its own certificate.",
  url: PASSTHROUGH_DOCS,
  configSchema: API_SERVICES,
  applies: (resource) =>
    kindOf(resource) === "Ingress" || vclustersIn(resource).length > 0
      ? undefined
      : "applies to Ingresses and deployments of the vcluster chart",
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
        problem: "the controller would present its own certificate, and client certificates would not reach the API",
        value: tls,
        allowed: "no TLS section",
        fix: "remove the section",
      });
    }
  },
});
