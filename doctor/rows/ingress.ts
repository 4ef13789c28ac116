import { hostnameConflicts, hostsOfRule } from "../../preflight/conflicts";
import { API_PORT, API_PORT_NAME, PASSTHROUGH_SWITCHES } from "../../shared/vcluster/api";
import { getIn } from "../../shared/json";
import type { Row, Sighting } from "../model";
import { items, type KubeObject, map, nameOf, text, texts, title } from "../objects";
import { placesOf } from "../places";
import type { Snapshot } from "../snapshot";
import { apiRow } from "./api";
import { UP } from "./commands";
import { down } from "./workloads";

const BEFORE = ["namespaces", "host"];
/** Backends of a route in its three forms. */
interface Backend {
  readonly service: string;
  readonly port: string;
}

export const ingressRows: readonly Row[] = [
  {
    code: "ingress-namespace-empty",
    section: "ingress",
    severity: "error",
    healthy: "the namespace of the ingress controller has workloads",
    cause:
      "the namespace of isolation.ingressNamespace has no workload: the controller runs in another one, which the network policies block",
    fix: "kubectl get pods -A -o wide | grep -iE 'ingress|traefik|haproxy|gateway'",
    page: "docs/configuration.md#isolation",
    needs: ["ingressWorkloads"],
    applies: ({ expected }) => expected !== undefined && expected.ingress.controller !== "none",
    find: (snapshot) =>
      (snapshot.read.ingressWorkloads ?? []).length > 0
        ? []
        : [
            {
              what: `Namespace ${placesOf(snapshot).ingressNamespace}`,
              seen: "it has no Deployment, StatefulSet or DaemonSet",
            },
          ],
  },
  {
    code: "ingress-controller-down",
    section: "ingress",
    severity: "error",
    healthy: "the ingress controller is ready",
    cause: "no pod of the ingress controller is ready: nothing behind it can be reached",
    fix: "kubectl get pods -A | grep -iE 'ingress|traefik|haproxy|gateway'",
    needs: ["ingressWorkloads"],
    follows: ["host"],
    find: ({ read: { ingressWorkloads = [] } }) => down(ingressWorkloads),
  },
  {
    code: "ingress-class-missing",
    section: "ingress",
    severity: "error",
    healthy: "the IngressClass of the route exists",
    cause: "the route names an IngressClass that the host does not have, so no controller serves it",
    fix: `kubectl create -f - <<<'{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"{class}"},"spec":{"controller":"{controller}"}}'`,
    page: "docs/configuration.md#ingress",
    needs: ["routes", "ingressClasses"],
    follows: BEFORE,
    find: (snapshot) =>
      routes(snapshot).flatMap((route): Sighting[] => {
        const name = text(route, "spec.ingressClassName");
        const known = (snapshot.read.ingressClasses ?? []).map(nameOf);
        if (route.kind !== "Ingress" || name === "" || known.includes(name)) return [];
        return [
          {
            what: title("Ingress", route),
            seen: `there is no IngressClass ${name} (there are: ${known.join(", ") || "none"})`,
            names: { class: name, controller: CONTROLLERS[name] ?? `k8s.io/${name}` },
          },
        ];
      }),
  },
  {
    code: "ingress-route-missing",
    section: "ingress",
    severity: "error",
    healthy: "a route leads to the API",
    cause: "the Ingress, IngressRouteTCP or TLSRoute of the API was not created, or was deleted",
    fix: UP,
    fixElsewhere: "kubectl -n {namespace} get ingress,service",
    needs: ["routes"],
    follows: BEFORE,
    applies: ({ expected }) => expected !== undefined && expected.ingress.controller !== "none",
    find: (snapshot) =>
      routes(snapshot).length > 0
        ? []
        : [{ what: `route ${snapshot.names.namespace}/${snapshot.names.ingress}`, seen: "not found" }],
  },
  {
    code: "ingress-host-wrong",
    section: "ingress",
    severity: "error",
    healthy: "the route is for the API's host name",
    cause: "the route has another host name than the environment's API",
    fix: UP,
    needs: ["routes"],
    applies: ({ expected }) => expected !== undefined,
    find: (snapshot) =>
      routes(snapshot).flatMap((route) => {
        const hosts = hostsOf(route);
        if (hosts.includes(snapshot.names.apiHost)) return [];
        return [
          {
            what: title(route.kind ?? "Ingress", route),
            seen: `it is for ${hosts.join(", ") || "no host"}, and not for ${snapshot.names.apiHost}`,
          },
        ];
      }),
  },
  {
    code: "ingress-passthrough-off",
    section: "ingress",
    severity: "error",
    healthy: "the route passes TLS through",
    cause:
      "the route has lost what makes the controller pass TLS through: clients see the controller's own certificate",
    fix: UP,
    fixElsewhere: `kubectl -n {namespace} annotate ingress {route} --overwrite ${PASSTHROUGH_SWITCHES[0] ?? ""}=true nginx.ingress.kubernetes.io/backend-protocol=HTTPS`,
    page: "docs/configuration.md#ingress",
    needs: ["routes"],
    find: (snapshot) =>
      routes(snapshot).flatMap((route): Sighting[] => {
        const names = { route: nameOf(route) };
        if (route.kind === "IngressRouteTCP") {
          if (getIn(route, "spec", "tls", "passthrough") === true) return [];
          return [{ what: title(route.kind, route), seen: "spec.tls.passthrough is not true", names }];
        }
        if (route.kind !== "Ingress") return [];
        const annotations = map(route, "metadata", "annotations");
        if (PASSTHROUGH_SWITCHES.some((key) => annotations[key] === "true")) return [];
        return [{ what: title("Ingress", route), seen: `none of ${PASSTHROUGH_SWITCHES.join(", ")} is "true"`, names }];
      }),
  },
  {
    code: "ingress-backend-wrong",
    section: "ingress",
    severity: "error",
    healthy: "the route leads to the API's Service and port",
    cause: "the route leads to another Service or port than the API's",
    fix: UP,
    fixElsewhere: `kubectl -n {namespace} patch ingress {route} --type json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend","value":{"service":{"name":"{release}","port":{"number":443}}}}]'`,
    needs: ["routes"],
    find: (snapshot) =>
      routes(snapshot).flatMap((route) =>
        backendsOf(route)
          .filter(
            ({ service, port }) =>
              service !== snapshot.names.release || ![String(API_PORT), API_PORT_NAME].includes(port),
          )
          .map(({ service, port }) => ({
            what: title(route.kind ?? "Ingress", route),
            seen: `its backend is ${service}:${port}, and not ${snapshot.names.release}:${API_PORT}`,
            names: { route: nameOf(route) },
          })),
      ),
  },
  {
    code: "hostname-in-use",
    section: "ingress",
    severity: "error",
    healthy: "nothing else on the host has the API's host name",
    cause: "two routes on the host have one host name: the controller takes one of them, and it is not said which",
    fix: "kubectl -n {place} delete {kind} {name}",
    needs: ["hostnames"],
    applies: ({ names }) => names.apiHost !== "",
    find: ({ names, read: { state } }) =>
      hostnameConflicts(names, state?.claims ?? []).map(({ problem }) => {
        const [, kind = "", place = "", name = ""] = /^(\S+) ([^/\s]+)\/(\S+) /.exec(problem) ?? [];
        return { what: `${kind} ${place}/${name}`, seen: problem, names: { kind: kind.toLowerCase(), place, name } };
      }),
  },
  apiRow("api-host-unresolvable", "ingress", {
    healthy: "the API's host name has an address",
    cause: "the API's host name has no address here: DNS does not have it, or this machine asks another DNS server",
    fix: "getent hosts {apiHost}",
    // What DNS has is not this machine's to change.
    fixFor: (snapshot) => {
      const [address] = routes(snapshot).flatMap((route) =>
        items(route, "status.loadBalancer.ingress").map((one) => text(one, "ip")),
      );
      return address === undefined || address === "" ? undefined : `echo '${address} {apiHost}' >>/etc/hosts`;
    },
  }),
  apiRow("ingress-port-closed", "ingress", {
    healthy: "the ingress controller's port is open",
    cause: "nothing listens at the address of the API's host name, or the port is blocked on the way",
    fix: "getent hosts {apiHost} && kubectl get service,pods -A -o wide | grep -iE 'ingress|traefik|haproxy'",
    follows: ["ingress-controller-down", "ingress-namespace-empty"],
  }),
  apiRow("ingress-not-served", "ingress", {
    healthy: "a controller serves the route",
    cause:
      "the controller at this address does not serve the route: it is of another class, or watches other namespaces",
    fix: UP,
    fixElsewhere: "kubectl get ingressclass && kubectl -n {namespace} get ingress -o wide",
    follows: [
      ...["ingress-class-missing", "ingress-route-missing", "ingress-host-wrong", "ingress-passthrough-off"],
      ...["ingress-backend-wrong", "hostname-in-use", "service-missing", "service-without-pods", "service-port-wrong"],
      ...["ingress-controller-down", "namespaces"],
    ],
  }),
];

/** Names of the controllers of the classes that this program uses. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  nginx: "k8s.io/ingress-nginx",
  traefik: "traefik.io/ingress-controller",
  haproxy: "haproxy.org/ingress-controller",
};

/** The environment's route, or every route of its namespace that leads to the API where this project did not create it. */
export function routes({ read: { routes: all = [] }, names, expected }: Snapshot): KubeObject[] {
  const own = all.filter((route) => nameOf(route) === names.ingress);
  if (own.length > 0 || expected !== undefined) return own;
  return all.filter((route) => backendsOf(route).some(({ service }) => service === names.release));
}

export function hostsOf(route: KubeObject): string[] {
  if (route.kind === "IngressRouteTCP")
    return items(route, "spec.routes").flatMap((one) => hostsOfRule(text(one, "match")));
  if (route.kind === "TLSRoute") return texts(route, "spec.hostnames");
  return items(route, "spec.rules").map((rule) => text(rule, "host"));
}

function backendsOf(route: KubeObject): Backend[] {
  if (route.kind === "IngressRouteTCP")
    return items(route, "spec.routes").flatMap((one) =>
      items(one, "services").map((service) => ({ service: text(service, "name"), port: text(service, "port") })),
    );
  if (route.kind === "TLSRoute")
    return items(route, "spec.rules").flatMap((rule) =>
      items(rule, "backendRefs").map((ref) => ({ service: text(ref, "name"), port: text(ref, "port") })),
    );
  return items(route, "spec.rules").flatMap((rule) =>
    items(rule, "http.paths").map((path) => ({
      service: text(path, "backend.service.name"),
      port: text(path, "backend.service.port.number") || text(path, "backend.service.port.name"),
    })),
  );
}
