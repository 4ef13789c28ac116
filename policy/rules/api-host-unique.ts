import { namespaceOf, objectName, type Resource } from "../kubernetes";
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
        if (isSameObject(route.resource, api.resource)) continue;
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

/**
 * True for two entries of one object. An update that moves a resource to another parent, by an alias, lists it under its
 * old URN as well as under the new one (Pulumi 3.200).
 */
function isSameObject(a: Resource, b: Resource): boolean {
  const places = [a, b].map((one) => [one.type, one.name, namespaceOf(one), objectName(one)].join("\0"));
  return a.urn === b.urn || places[0] === places[1];
}
