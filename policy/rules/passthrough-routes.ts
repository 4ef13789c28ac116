import { asList, getIn } from "../json";
import { kindOf, specOf } from "../kubernetes";
import { API_SERVICES, portFindings, tlsRoutes, type ApiServices } from "../routes";
import { ofKind, resourceRule } from "../rule";

export const passthroughRoutes = resourceRule<ApiServices>({
  name: "passthrough-routes",
  description: "An IngressRouteTCP or TLSRoute to a virtual cluster's API passes TLS through for explicit hosts only.",
  severity: "critical",
  remediationSteps: "Set tls.passthrough and the hosts, and route to port 443.",
  url: "https://gateway-api.sigs.k8s.io/guides/tls/",
  configSchema: API_SERVICES,
  applies: ofKind("IngressRouteTCP", "TLSRoute"),
  check: (resource, { config, report }) => {
    const isApi = ({ name = "" }: { name: string | undefined }): boolean => new RegExp(config.apiServices).test(name);
    const routes = tlsRoutes(resource).filter(({ services }) => services.some(isApi));
    for (const { hosts, match, matchPath, services, servicesPath } of routes) {
      if (hosts.length === 0 || hosts.includes("*")) {
        report({
          path: matchPath,
          problem: "the route would match all hosts without a route of their own, or none",
          value: match,
          allowed: "the API host",
          fix: "set the host",
        });
      }
      for (const { port } of services.filter(isApi))
        for (const finding of portFindings(`${servicesPath}.port`, port)) report(finding);
    }
    if (routes.length === 0) return;
    const passthrough = specOf(resource, "tls", "passthrough");
    if (kindOf(resource) === "IngressRouteTCP" && passthrough !== true) {
      report({
        path: "spec.tls.passthrough",
        problem: "without it, Traefik terminates TLS, and client certificates do not reach the API",
        value: passthrough,
        allowed: "true",
        fix: "set it to true",
      });
    }
    const parents = asList(specOf(resource, "parentRefs"));
    if (kindOf(resource) === "TLSRoute" && !parents.some((parent) => getIn(parent, "name") !== undefined)) {
      report({
        path: "spec.parentRefs",
        problem: "the route is not attached to a Gateway",
        allowed: "the name of a Gateway with a TLS listener in mode Passthrough",
        fix: "set the name of the Gateway",
      });
    }
  },
});
