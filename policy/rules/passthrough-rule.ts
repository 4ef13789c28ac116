import { ofKind, resourceRule } from "../rule";
import { API_SERVICES, ingressPaths, isApiIngress, portFindings, type ApiServices } from "../routes";
import { specOf } from "../kubernetes";
import { asList } from "../json";
import { PASSTHROUGH_DOCS } from "../urls";

export const passthroughRule = resourceRule<ApiServices>({
  name: "passthrough-rule",
  description: "The Ingress of a virtual cluster's API routes all paths of an explicit host to the API's port.",
  severity: "critical",
  remediationSteps: "Set a host, the path / and the Service's port 443 (https).",
  url: PASSTHROUGH_DOCS,
  configSchema: API_SERVICES,
  applies: ofKind("Ingress"),
  check: (resource, { config, report }) => {
    if (!isApiIngress(resource, config)) return;
    if (asList(specOf(resource, "rules")).length === 0) {
      report({
        path: "spec.rules",
        problem: "passthrough selects the backend by host name (SNI), and no rule has a host",
        allowed: "a rule with a host",
        fix: "add a rule with the API host",
      });
    }
    for (const { host, hostPath, httpPath, port, path } of ingressPaths(resource)) {
      if (host === undefined) {
        report({
          path: hostPath,
          problem: "passthrough selects the backend by host name (SNI), and this rule has no host",
          allowed: "the API host",
          fix: "set the host",
        });
      }
      if (httpPath !== "/") {
        report({
          path: `${path}.path`,
          problem: "passed-through traffic is encrypted, so the controller cannot match a path",
          value: httpPath,
          allowed: "/",
          fix: "set the path to /",
        });
      }
      for (const finding of portFindings(`${path}.backend.service.port`, port)) report(finding);
    }
  },
});
