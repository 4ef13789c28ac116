import { ofKind, resourceRule } from "../rule";
import { API_SERVICES, ingressPaths, isApiIngress, type ApiServices } from "../routes";
import { specOf } from "../kubernetes";
import { asList } from "../json";
import { PASSTHROUGH_DOCS } from "../urls";

export const passthroughRule = resourceRule<ApiServices>({
  name: "passthrough-rule",
  description: "The Ingress of a virtual cluster's API routes one named host, whole, to the API's port.",
  severity: "critical",
  remediationSteps: "Give the rule a host, the path / and the Service's port 443 (https).",
  url: PASSTHROUGH_DOCS,
  configSchema: API_SERVICES,
  applies: ofKind("Ingress"),
  check: (resource, { config, report }) => {
    if (!isApiIngress(resource, config)) return;
    if (asList(specOf(resource, "rules")).length === 0) {
      report({
        path: "spec.rules",
        problem: "passthrough goes by the host that a client asks for, and no rule names one",
        allowed: "a rule with a host",
        fix: "add a rule with the API's host",
      });
    }
    for (const { host, hostPath, httpPath, port, path } of ingressPaths(resource)) {
      if (host === undefined) {
        report({
          path: hostPath,
          problem: "passthrough goes by the host that a client asks for, and this rule names none",
          allowed: "the API's host",
          fix: "name the host",
        });
      }
      if (httpPath !== "/") {
        report({
          path: `${path}.path`,
          problem: "what is passed through is encrypted, so no controller can see a path",
          value: httpPath,
          allowed: "/",
          fix: "set the path to /",
        });
      }
      if (port !== 443 && port !== "https") {
        report({
          path: `${path}.backend.service.port`,
          problem: "the API listens on another port of its Service",
          value: port,
          allowed: "443 or https",
          fix: "set the port's number to 443",
        });
      }
    }
  },
});
