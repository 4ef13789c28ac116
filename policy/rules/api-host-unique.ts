import { API_SERVICES, leadsToApi, routesOf, type ApiServices, type Route } from "../routes";
import { stackRule } from "../rule";
import { vclustersIn } from "../vcluster";
import { VALUES_DOCS } from "../urls";

export const apiHostUnique = stackRule<ApiServices>({
  name: "api-host-unique",
  description: "No two resources claim the host of a virtual cluster's API.",
  severity: "critical",
  remediationSteps: "Give each virtual cluster and each application a host of its own.",
  url: `${VALUES_DOCS}/control-plane/deployment/ingress`,
  configSchema: API_SERVICES,
  applies: (resources) =>
    resources.some((resource) => routesOf(resource).length > 0) ? undefined : "the stack claims no host",
  check: (resources, { config, report }) => {
    const claims = new Map<string, Route[]>();
    for (const route of resources.flatMap(routesOf)) {
      if (route.host !== undefined) claims.set(route.host, [...(claims.get(route.host) ?? []), route]);
    }
    for (const [host, [first, ...others]] of claims) {
      const routes = [first, ...others].filter((route) => route !== undefined);
      // Passthrough takes a host whole, so paths do not part two claims once one of them is an API's.
      const api = routes.find((route) => leadsToApi(route, config) || vclustersIn(route.resource).length > 0);
      if (api === undefined) continue;
      for (const route of routes) {
        if (route.resource.urn === api.resource.urn) continue;
        report(
          {
            path: route.path,
            problem: `${api.resource.name} passes this host through to a virtual cluster's API, and which of the two gets a request is chance`,
            value: host,
            allowed: "one claim for each host",
            fix: "choose another host",
          },
          route.resource,
        );
      }
    }
  },
});
