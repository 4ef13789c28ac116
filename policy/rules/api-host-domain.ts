import { API_SERVICES, leadsToApi, ROUTE_KINDS, routesOf, type ApiServices } from "../routes";
import { resourceRule, textList } from "../rule";
import { vclustersIn } from "../vcluster";
import { kindOf } from "../kubernetes";
import { VALUES_DOCS } from "../urls";

interface Config extends ApiServices {
  readonly allowedDomains: readonly string[];
}

export const apiHostDomain = resourceRule<Config>({
  name: "api-host-domain",
  description: "The host of a virtual cluster's API is one name under a domain that is allowed.",
  severity: "high",
  remediationSteps: "Choose a host under one of allowedDomains.",
  url: `${VALUES_DOCS}/control-plane/deployment/ingress`,
  configSchema: {
    ...API_SERVICES,
    allowedDomains: textList([], "Domains under which hosts may lie. Empty: any."),
  },
  applies: (resource) =>
    ROUTE_KINDS.includes(kindOf(resource) ?? "") || vclustersIn(resource).length > 0
      ? undefined
      : `delivers no virtual cluster and is not a ${ROUTE_KINDS.join(", ")}`,
  check: (resource, { config, report }) => {
    const { allowedDomains } = config;
    // The chart's own route leads to its release, whatever that is called.
    const ofChart = vclustersIn(resource).length > 0;
    for (const route of routesOf(resource)) {
      const { host = "", path } = route;
      if (host === "" || !(ofChart || leadsToApi(route, config))) continue;
      const allowed = allowedDomains.length === 0 || allowedDomains.some((domain) => host.endsWith(`.${domain}`));
      if (allowed && !host.includes("*")) continue;
      report({
        path,
        problem: allowed
          ? "a wildcard takes other environments' hosts as well"
          : "the host is outside of the allowed domains",
        value: host,
        allowed: `one name under ${allowedDomains.join(", ") || "a domain"}`,
        fix: "change the host",
      });
    }
  },
});
