import { API_SERVICES, leadsToApi, ROUTE_KINDS, routesOf, type ApiServices } from "../routes";
import { type Lists, resourceRule, textList } from "../rule";
import { vclustersIn } from "../vcluster";
import { kindOf } from "../kubernetes";
import { VALUES_DOCS } from "../urls";

type Config = ApiServices & Lists<"allowedDomains">;

export const apiHostDomain = resourceRule<Config>({
  name: "api-host-domain",
  description: "The API host of a virtual cluster is a single name under an allowed domain.",
  severity: "high",
  remediationSteps: "Choose a host under one of allowedDomains.",
  url: `${VALUES_DOCS}/control-plane/deployment/ingress`,
  configSchema: {
    ...API_SERVICES,
    allowedDomains: textList([], "Domains that API hosts must be under. Empty: any."),
  },
  applies: (resource) =>
    ROUTE_KINDS.includes(kindOf(resource) ?? "") || vclustersIn(resource).length > 0
      ? undefined
      : `deploys no virtual cluster and is not a ${ROUTE_KINDS.join(", ")}`,
  check: (resource, { config, report }) => {
    const { allowedDomains } = config;
    // The chart's own Ingress routes to its release, whatever its name.
    const ofChart = vclustersIn(resource).length > 0;
    for (const route of routesOf(resource)) {
      const { host = "", path } = route;
      if (host === "" || !(ofChart || leadsToApi(route, config))) continue;
      const allowed = allowedDomains.length === 0 || allowedDomains.some((domain) => host.endsWith(`.${domain}`));
      if (allowed && !host.includes("*")) continue;
      report({
        path,
        problem: allowed
          ? "a wildcard also matches the hosts of other environments"
          : "the host is not under an allowed domain",
        value: host,
        allowed: `a single name under ${allowedDomains.join(", ") || "a domain"}`,
        fix: "change the host",
      });
    }
  },
});
