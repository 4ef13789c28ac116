import { asList, at } from "../json";
import { kindOf, specOf, type Resource } from "../kubernetes";
import { API_SERVICES, tcpRoutes, tlsBackends, type ApiServices } from "../routes";
import { ofKind, resourceRule, type Finding } from "../rule";

export const passthroughRoutes = resourceRule<ApiServices>({
  name: "passthrough-routes",
  description: "An IngressRouteTCP or TLSRoute to a virtual cluster's API passes TLS through, for named hosts only.",
  severity: "critical",
  remediationSteps: "Set tls.passthrough, name the hosts, and lead to port 443.",
  url: "https://gateway-api.sigs.k8s.io/guides/tls/",
  configSchema: API_SERVICES,
  applies: ofKind("IngressRouteTCP", "TLSRoute"),
  check: (resource, { config, report }) => {
    const isApi = (name: string | undefined): boolean => new RegExp(config.apiServices).test(name ?? "");
    const findings = kindOf(resource) === "TLSRoute" ? ofTlsRoute(resource, isApi) : ofTcpRoute(resource, isApi);
    findings.forEach((finding) => {
      report(finding);
    });
  },
});

type IsApi = (name: string | undefined) => boolean;

function ofTcpRoute(resource: Resource, isApi: IsApi): Finding[] {
  const routes = tcpRoutes(resource).filter(({ services }) => services.some(({ name }) => isApi(name)));
  const findings = routes.flatMap(({ hosts, match, services, path }) => [
    ...hostFindings(hosts, `${path}.match`, match),
    ...portFindings(services, isApi, `${path}.services`),
  ]);
  const passthrough = specOf(resource, "tls", "passthrough");
  if (routes.length > 0 && passthrough !== true) {
    findings.push({
      path: "spec.tls.passthrough",
      problem: "without it Traefik ends TLS itself, and no client certificate reaches the API",
      value: passthrough,
      allowed: "true",
      fix: "set it to true",
    });
  }
  return findings;
}

function ofTlsRoute(resource: Resource, isApi: IsApi): Finding[] {
  const services = tlsBackends(resource);
  if (!services.some(({ name }) => isApi(name))) return [];
  const hostnames = specOf(resource, "hostnames");
  const findings = [
    ...hostFindings(asList(hostnames), "spec.hostnames", hostnames),
    ...portFindings(services, isApi, "spec.rules.backendRefs"),
  ];
  if (!asList(specOf(resource, "parentRefs")).some((parent) => at(parent, "name") !== undefined)) {
    findings.push({
      path: "spec.parentRefs",
      problem: "no Gateway serves this route",
      allowed: "the name of a Gateway with a TLS listener in mode Passthrough",
      fix: "name the Gateway",
    });
  }
  return findings;
}

function hostFindings(hosts: readonly unknown[], path: string, value: unknown): Finding[] {
  if (hosts.length > 0 && !hosts.includes("*")) return [];
  return [
    {
      path,
      problem: "the route would take every host that no other route names, or none",
      value,
      allowed: "the API's host",
      fix: "name the host",
    },
  ];
}

function portFindings(
  services: readonly { name: string | undefined; port: unknown }[],
  isApi: IsApi,
  path: string,
): Finding[] {
  return services
    .filter(({ name, port }) => isApi(name) && port !== 443 && port !== "https")
    .map(({ port }) => ({
      path: `${path}.port`,
      problem: "the API listens on another port of its Service",
      value: port,
      allowed: "443 or https",
      fix: "set the port to 443",
    }));
}
