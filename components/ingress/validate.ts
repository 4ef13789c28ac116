import { check, format, type Problem } from "../../shared/errors";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import { controllers, type GatewaySettings, type IngressSettings, ROUTE_VERSIONS } from "./api-route";

/** Problems in `ingress`: unsupported values, and keys that the controller ignores. */
export function checkIngress(ingress: IngressSettings): Problem[] {
  const { controller, className = "any", port, gateway } = ingress;
  const known = controllers[controller];
  const unread = (["className", "gateway"] as const).filter((key) => ingress[key] !== undefined);
  return [
    ...check(known !== undefined, {
      path: "ingress.controller",
      code: "controller-unknown",
      problem: `${format(controller)} is not supported`,
      allowed: Object.keys(controllers).join(", "),
      fix: "choose one of these",
    }),
    ...unread.flatMap((key) =>
      check(known?.reads.includes(key) ?? true, {
        path: `ingress.${key}`,
        code: "ingress-key-unused",
        problem: `has no effect with the controller ${format(controller)}`,
        allowed: `${key} with ${readersOf(key)}`,
        fix: "remove it, or choose one of these controllers",
      }),
    ),
    ...check(isSubdomain(className), {
      path: "ingress.className",
      code: "ingress-class-invalid",
      problem: `${format(className)} is not a valid IngressClass name`,
      allowed: "a name that `kubectl get ingressclass` lists",
      fix: "use the class of a controller with TLS passthrough",
    }),
    ...check(Number.isInteger(port) && port >= 1 && port <= 65535, {
      path: "ingress.port",
      code: "port-invalid",
      problem: `${format(port)} is not a valid port`,
      allowed: "a whole number from 1 to 65535",
      fix: "set the port at which the controller serves TLS, or remove it to use 443",
    }),
    ...(gateway === undefined && known?.reads.includes("gateway") !== true ? [] : checkGateway(gateway)),
  ];
}

function readersOf(key: "className" | "gateway"): string {
  const readers = Object.entries(controllers).filter(([, { reads }]) => reads.includes(key));
  return readers.map(([name]) => name).join(", ");
}

function checkGateway(settings: Partial<GatewaySettings> = {}): Problem[] {
  const { name, namespace, sectionName = "any", routeVersion = "v1" } = settings;
  const problem = (value: string | undefined, what: string) =>
    value === undefined ? "missing" : `${format(value)} is not a valid ${what} name`;
  return [
    ...check(name !== undefined && isSubdomain(name), {
      path: "ingress.gateway.name",
      code: "gateway-invalid",
      problem: problem(name, "Gateway"),
      allowed: "a name that `kubectl get gateway -A` lists",
      fix: "use a Gateway with a TLS listener in mode Passthrough",
    }),
    ...check(namespace !== undefined && isLabel(namespace), {
      path: "ingress.gateway.namespace",
      code: "namespace-invalid",
      problem: problem(namespace, "namespace"),
      allowed: "the namespace that `kubectl get gateway -A` shows",
      fix: "set the namespace of the Gateway",
    }),
    ...check(isSubdomain(sectionName), {
      path: "ingress.gateway.sectionName",
      code: "listener-invalid",
      problem: problem(sectionName, "listener"),
      allowed: "the name of one of the Gateway's listeners",
      fix: "remove it to use every listener that accepts the host",
    }),
    ...check(ROUTE_VERSIONS.includes(routeVersion), {
      path: "ingress.gateway.routeVersion",
      code: "route-version-unknown",
      problem: `${format(routeVersion)} is not a version of TLSRoute`,
      allowed: ROUTE_VERSIONS.join(", "),
      fix: "use a version that the CRD tlsroutes.gateway.networking.k8s.io serves",
    }),
  ];
}
