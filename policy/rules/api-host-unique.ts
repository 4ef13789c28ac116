import { namespaceOf, objectName, type Resource } from "../kubernetes";
import { API_SERVICES, leadsToApi, routesOf, type ApiServices, type Route } from "../routes";
import { stackRule } from "../rule";
import { vclustersIn } from "../vcluster";
import { VALUES_DOCS } from "../urls";

export const apiHostUnique = stackRule<ApiServices>({
  name: "api-host-unique",
  description: "No two resources claim the host of a virtual cluster's API.",
  severity: "critical",
  remediationSteps: "Give each virtual cluster and each application its own host.",
  url: `${VALUES_DOCS}/control-plane/deployment/ingress`,
  configSchema: API_SERVICES,
  applies: (resources) =>
    resources.some((resource) => routesOf(resource).length > 0) ? undefined : "the stack routes no host",
  check: (resources, { config, report }) => {
    const claims = new Map<string, Route[]>();
    for (const route of resources.flatMap(routesOf)) {
      if (route.host !== undefined) claims.set(route.host, [...(claims.get(route.host) ?? []), route]);
    }
    for (const [host, [first, ...others]] of claims) {
      const routes = [first, ...others].filter((route) => route !== undefined);
      // Passthrough applies to all paths of a host, so nothing can share a host with an API.
      const api = routes.find((route) => leadsToApi(route, config) || vclustersIn(route.resource).length > 0);
      if (api === undefined) continue;
      for (const route of routes) {
        if (isSameObject(route.resource, api.resource)) continue;
        report(route.resource, {
          path: route.path,
          problem: `${api.resource.name} already passes this host through to a virtual cluster's API; which of the two receives a request is undefined`,
          value: host,
          allowed: "one route for each host",
          fix: "choose another host",
        });
      }
    }
  },
});

/**
 * True for two entries of one object. An update that moves a resource to another parent by an alias lists it under both
 * its old and its new URN (Pulumi 3.200).
 */
function isSameObject(a: Resource, b: Resource): boolean {
  const places = [a, b].map((one) => [one.type, one.name, namespaceOf(one), objectName(one)].join("\0"));
  return a.urn === b.urn || places[0] === places[1];
}
