import { asList, asObject, asText, asTexts, at } from "./json";
import { annotationsOf, kindOf, namespaceOf, specOf, type Resource } from "./kubernetes";
import { vclustersIn } from "./vcluster";

/** A way from outside to a Service: one host of an Ingress, an IngressRouteTCP or a TLSRoute, or of the chart's own. */
export interface Route {
  readonly resource: Resource;
  /** Undefined where the rule names no host and so takes every one. */
  readonly host: string | undefined;
  /** Property path of the host. */
  readonly path: string;
  readonly namespace: string | undefined;
  /** Names of the Services that it leads to. */
  readonly services: readonly string[];
}

export const ROUTE_KINDS = ["Ingress", "IngressRouteTCP", "TLSRoute"];

/** How the Service of a virtual cluster's API is told from others, where a rule sees only the Ingress. */
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

/** Annotations that ask a controller to pass TLS through, each by its controller. */
export const PASSTHROUGH = {
  nginx: "nginx.ingress.kubernetes.io/ssl-passthrough",
  haproxy: "haproxy.org/ssl-passthrough",
} as const;

/** True for an Ingress that leads to a virtual cluster's API, by the Service's name or by asking for passthrough. */
export function isApiIngress(resource: Resource, { apiServices }: ApiServices): boolean {
  if (kindOf(resource) !== "Ingress") return false;
  const annotations = annotationsOf(resource);
  return (
    Object.values(PASSTHROUGH).some((name) => annotations[name] === "true") ||
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
    return asList(at(rule, "http", "paths")).map((item, index) => ({
      host: asText(at(rule, "host")),
      hostPath: `${rulePath}.host`,
      httpPath: at(item, "path"),
      service: asText(at(item, "backend", "service", "name")),
      port: at(item, "backend", "service", "port", "number") ?? at(item, "backend", "service", "port", "name"),
      path: `${rulePath}.http.paths[${String(index)}]`,
    }));
  });
}

export interface TcpRoute {
  readonly hosts: readonly string[];
  readonly match: unknown;
  readonly services: readonly { readonly name: string | undefined; readonly port: unknown }[];
  /** Property path of the route. */
  readonly path: string;
}

export function tcpRoutes(resource: Resource): TcpRoute[] {
  return asList(specOf(resource, "routes")).map((route, index) => ({
    hosts: Array.from((asText(at(route, "match")) ?? "").matchAll(/`([^`]+)`/g), ([, host = ""]) => host),
    match: at(route, "match"),
    services: backends(at(route, "services")),
    path: `spec.routes[${String(index)}]`,
  }));
}

export function tlsBackends(resource: Resource): TcpRoute["services"] {
  return asList(specOf(resource, "rules")).flatMap((rule) => backends(at(rule, "backendRefs")));
}

function backends(list: unknown): TcpRoute["services"] {
  return asList(list).map((item) => ({ name: asText(at(item, "name")), port: at(item, "port") }));
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
      return tcpRoutes(resource).flatMap(({ hosts, services, path }) =>
        hosts.map((host) => ({ resource, host, path: `${path}.match`, namespace, services: names(services) })),
      );
    case "TLSRoute":
      return asTexts(specOf(resource, "hostnames")).map((host, index) => ({
        resource,
        host,
        path: `spec.hostnames[${String(index)}]`,
        namespace,
        services: names(tlsBackends(resource)),
      }));
    default:
      return vclustersIn(resource)
        .filter(({ values, unreadable }) => unreadable.length === 0 && values.isOn("controlPlane.ingress.enabled"))
        .map(({ values, release, namespace: home }) => ({
          resource,
          host: values.text("controlPlane.ingress.host"),
          path: values.where("controlPlane.ingress.host"),
          namespace: home,
          services: [release],
        }));
  }
}

function names(services: TcpRoute["services"]): string[] {
  return services.flatMap(({ name }) => name ?? []);
}

/** True where a route leads to one of the Services that belong to a virtual cluster's API. */
export function leadsToApi({ services }: Route, { apiServices }: ApiServices): boolean {
  return services.some((service) => new RegExp(apiServices).test(service));
}

/** The TLS part of an object's specification. */
export function tlsOf(resource: Resource): Record<string, unknown> {
  return asObject(specOf(resource, "tls"));
}
