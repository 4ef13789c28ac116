import { API_PORT, API_PORT_NAME, PASSTHROUGH_SWITCHES } from "../shared/vcluster/api";
import { asList, asText, asTexts, getIn } from "./json";
import { annotationsOf, kindOf, namespaceOf, specOf, type Resource } from "./kubernetes";
import type { Finding } from "./rule";
import { readableVclusters } from "./vcluster";

/** One host of an Ingress, an IngressRouteTCP, a TLSRoute or the chart's own Ingress, and the Services behind it. */
export interface Route {
  readonly resource: Resource;
  /** Undefined where the rule has no host and so matches all. */
  readonly host: string | undefined;
  /** Property path of the host. */
  readonly path: string;
  readonly namespace: string | undefined;
  /** Names of its backend Services. */
  readonly services: readonly string[];
}

export const ROUTE_KINDS = ["Ingress", "IngressRouteTCP", "TLSRoute"];

/** How rules that see only an Ingress recognize the Service of a virtual cluster's API. */
export const API_SERVICES = {
  apiServices: {
    type: "string",
    default: "(^|-)vcluster(-|$)",
    description: "Pattern of the Service names that belong to a virtual cluster's API.",
  },
} as const;

export interface ApiServices {
  readonly apiServices: string;
}

/** True for an Ingress to a virtual cluster's API: by the name of its Service, or because it enables passthrough. */
export function isApiIngress(resource: Resource, { apiServices }: ApiServices): boolean {
  if (kindOf(resource) !== "Ingress") return false;
  const annotations = annotationsOf(resource);
  return (
    PASSTHROUGH_SWITCHES.some((name) => annotations[name] === "true") ||
    ingressPaths(resource).some(({ service }) => new RegExp(apiServices).test(service ?? ""))
  );
}

/** The class of an Ingress, by field or by the older annotation. */
export function ingressClass(resource: Resource): string | undefined {
  return asText(specOf(resource, "ingressClassName")) ?? asText(annotationsOf(resource)["kubernetes.io/ingress.class"]);
}

export interface IngressPath {
  readonly host: string | undefined;
  readonly hostPath: string;
  readonly httpPath: unknown;
  readonly service: string | undefined;
  /** Number or name. */
  readonly port: unknown;
  /** Property path of the entry. */
  readonly path: string;
}

export function ingressPaths(resource: Resource): IngressPath[] {
  return asList(specOf(resource, "rules")).flatMap((rule, ruleIndex) => {
    const rulePath = `spec.rules[${String(ruleIndex)}]`;
    return asList(getIn(rule, "http", "paths")).map((item, index) => ({
      host: asText(getIn(rule, "host")),
      hostPath: `${rulePath}.host`,
      httpPath: getIn(item, "path"),
      service: asText(getIn(item, "backend", "service", "name")),
      port: getIn(item, "backend", "service", "port", "number") ?? getIn(item, "backend", "service", "port", "name"),
      path: `${rulePath}.http.paths[${String(index)}]`,
    }));
  });
}

/** A route of an IngressRouteTCP or a TLSRoute: some hosts, and the Services behind them. */
export interface TlsRoute {
  readonly hosts: readonly string[];
  /** The property with the hosts, and its path. */
  readonly match: unknown;
  readonly matchPath: string;
  readonly services: readonly { readonly name: string | undefined; readonly port: unknown }[];
  readonly servicesPath: string;
}

export function tlsRoutes(resource: Resource): TlsRoute[] {
  if (kindOf(resource) === "TLSRoute") {
    const match = specOf(resource, "hostnames");
    const services = asList(specOf(resource, "rules")).flatMap((rule) => backends(getIn(rule, "backendRefs")));
    const servicesPath = "spec.rules.backendRefs";
    return [{ hosts: asTexts(match), match, matchPath: "spec.hostnames", services, servicesPath }];
  }
  return asList(specOf(resource, "routes")).map((route, index) => {
    const match = getIn(route, "match");
    return {
      hosts: Array.from((asText(match) ?? "").matchAll(/`([^`]+)`/g), ([, host = ""]) => host),
      match,
      matchPath: `spec.routes[${String(index)}].match`,
      services: backends(getIn(route, "services")),
      servicesPath: `spec.routes[${String(index)}].services`,
    };
  });
}

function backends(list: unknown): TlsRoute["services"] {
  return asList(list).map((item) => ({ name: asText(getIn(item, "name")), port: getIn(item, "port") }));
}

/** Every host that a resource claims. */
export function routesOf(resource: Resource): Route[] {
  const namespace = namespaceOf(resource);
  switch (kindOf(resource)) {
    case "Ingress":
      return ingressPaths(resource).map(({ host, hostPath, service }) => ({
        resource,
        host,
        path: hostPath,
        namespace,
        services: service === undefined ? [] : [service],
      }));
    case "IngressRouteTCP":
    case "TLSRoute":
      return tlsRoutes(resource).flatMap(({ hosts, match, matchPath, services }) =>
        hosts.map((host, index) => ({
          resource,
          host,
          path: Array.isArray(match) ? `${matchPath}[${String(index)}]` : matchPath,
          namespace,
          services: services.flatMap(({ name }) => name ?? []),
        })),
      );
    default:
      return readableVclusters(resource)
        .filter(({ values }) => values.isOn("controlPlane.ingress.enabled"))
        .map(({ values, release, namespace: home }) => ({
          resource,
          host: values.text("controlPlane.ingress.host"),
          path: values.where("controlPlane.ingress.host"),
          namespace: home,
          services: [release],
        }));
  }
}

/** True for a route to one of the Services that belong to a virtual cluster's API. */
export function leadsToApi({ services }: Route, { apiServices }: ApiServices): boolean {
  return services.some((service) => new RegExp(apiServices).test(service));
}

/** The violation of a route to another port of the API's Service. */
export function portFindings(path: string, port: unknown): Finding[] {
  if (port === API_PORT || port === API_PORT_NAME) return [];
  const allowed = `${API_PORT} or ${API_PORT_NAME}`;
  return [{ path, problem: "the API is on another port of this Service", value: port, allowed, fix: "set it to 443" }];
}
