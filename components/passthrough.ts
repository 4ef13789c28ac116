import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import { type CustomResourceOptions, mergeOptions, type Resource } from "@pulumi/pulumi";

import { DELETE_AT_ONCE } from "./annotations";
import type { IngressArgs } from "./args";
import type { Settings } from "./defaults";
import { expect, type Finding, shown } from "./findings";
import { API_PORT, isLabel, isSubdomain, type Names } from "./names";

type IngressSettings = Settings["ingress"];
type GatewaySettings = NonNullable<IngressSettings["gateway"]>;
type Passthrough = (name: string, names: Names, ingress: IngressSettings, opts: CustomResourceOptions) => Resource;

interface Controller {
  /** The keys of `ingress` that mean something to it. */
  readonly reads: readonly ("className" | "gateway")[];
  /** Undefined where the way is somebody else's. */
  readonly passthrough?: Passthrough;
}

/** One way of passing TLS through to the virtual API for each value of `ingress.controller`. */
const controllers: Readonly<Record<string, Controller>> = {
  nginx: { reads: ["className"], passthrough: nginx },
  traefik: { reads: ["className"], passthrough: traefik },
  haproxy: { reads: ["className"], passthrough: haproxy },
  gateway: { reads: ["gateway"], passthrough: gateway },
  none: { reads: [] },
} satisfies Record<NonNullable<IngressArgs["controller"]>, Controller>;

/** Versions of TLSRoute, the newest first. */
const ROUTE_VERSIONS: readonly string[] = ["v1", "v1alpha3", "v1alpha2"] satisfies GatewaySettings["routeVersion"][];

/**
 * Lets the ingress controller hand connections for the API host through to the virtual API without decrypting them, so
 * that the client sees the virtual cluster's own certificate and can present one. Undefined for the controller `none`.
 */
export function apiRoute(name: string, names: Names, ingress: IngressSettings, opts: CustomResourceOptions) {
  return controllers[ingress.controller]?.passthrough?.(name, names, ingress, opts);
}

/** Mistakes in `ingress`: what the controller does not know, and what it does not read. */
export function checkIngress(ingress: IngressSettings): Finding[] {
  const { controller, className = "any", gateway } = ingress;
  const known = controllers[controller];
  const unread = (["className", "gateway"] as const).filter((key) => ingress[key] !== undefined);
  return [
    ...expect(known !== undefined, {
      path: "ingress.controller",
      problem: `${shown(controller)} is not supported`,
      allowed: Object.keys(controllers).join(", "),
      fix: "choose one of these",
    }),
    ...unread.flatMap((key) =>
      expect(known?.reads.includes(key) ?? true, {
        path: `ingress.${key}`,
        problem: `the controller ${shown(controller)} does not read it`,
        allowed: `${key} with ${readersOf(key)}`,
        fix: "remove it, or choose one of these controllers",
      }),
    ),
    ...expect(isSubdomain(className), {
      path: "ingress.className",
      problem: `${shown(className)} is not the name of an ingress class`,
      allowed: "a name that `kubectl get ingressclass` lists",
      fix: "name the class of the controller that passes TLS through",
    }),
    ...(gateway === undefined && known?.reads.includes("gateway") !== true ? [] : checkGateway(gateway)),
  ];
}

function readersOf(key: "className" | "gateway"): string {
  const readers = Object.entries(controllers).filter(([, { reads }]) => reads.includes(key));
  return readers.map(([name]) => name).join(", ");
}

function checkGateway(settings: Partial<GatewaySettings> = {}): Finding[] {
  const { name, namespace, sectionName = "any", routeVersion = "v1" } = settings;
  const problem = (value: string | undefined, what: string) =>
    value === undefined ? "it is missing" : `${shown(value)} is not the name of ${what}`;
  return [
    ...expect(name !== undefined && isSubdomain(name), {
      path: "ingress.gateway.name",
      problem: problem(name, "a Gateway"),
      allowed: "a name that `kubectl get gateway -A` lists",
      fix: "name a Gateway with a TLS listener in mode Passthrough",
    }),
    ...expect(namespace !== undefined && isLabel(namespace), {
      path: "ingress.gateway.namespace",
      problem: problem(namespace, "a namespace"),
      allowed: "the namespace that `kubectl get gateway -A` shows",
      fix: "name the namespace of the Gateway",
    }),
    ...expect(isSubdomain(sectionName), {
      path: "ingress.gateway.sectionName",
      problem: problem(sectionName, "a listener"),
      allowed: "the name of one of the Gateway's listeners",
      fix: "remove it to use every listener that takes the host",
    }),
    ...expect(ROUTE_VERSIONS.includes(routeVersion), {
      path: "ingress.gateway.routeVersion",
      problem: `${shown(routeVersion)} is not a version of TLSRoute`,
      allowed: ROUTE_VERSIONS.join(", "),
      fix: "use one that `kubectl get crd tlsroutes.gateway.networking.k8s.io -o yaml` serves",
    }),
  ];
}

/** ingress-nginx with `--enable-ssl-passthrough`; Traefik 3.6.2 and later reads the same annotations. */
function nginx(name: string, names: Names, { className }: IngressSettings, opts: CustomResourceOptions): Resource {
  const annotations = {
    "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
    "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
    "nginx.ingress.kubernetes.io/ssl-redirect": "false",
  };
  return annotatedIngress(name, names, className, annotations, opts);
}

/**
 * HAProxy Kubernetes Ingress Controller (haproxytech/kubernetes-ingress). Not the community's HAProxy Ingress
 * (jcmoraisjr/haproxy-ingress), whose annotations are under `haproxy-ingress.github.io/`.
 */
function haproxy(name: string, names: Names, { className }: IngressSettings, opts: CustomResourceOptions): Resource {
  return annotatedIngress(name, names, className, { "haproxy.org/ssl-passthrough": "true" }, opts);
}

/** Traefik's own kind, for its provider `kubernetesCRD`. On every entry point: only TLS for this host is taken. */
function traefik(name: string, names: Names, { className }: IngressSettings, opts: CustomResourceOptions): Resource {
  return new CustomResource(
    name,
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "IngressRouteTCP",
      metadata: {
        name: names.ingress,
        namespace: names.namespace,
        annotations: {
          ...(className !== undefined && { "kubernetes.io/ingress.class": className }),
          ...DELETE_AT_ONCE,
        },
      },
      spec: {
        routes: [{ match: `HostSNI(\`${names.apiHost}\`)`, services: [{ name: names.release, port: API_PORT }] }],
        tls: { passthrough: true },
      },
    },
    opts,
  );
}

/** Any implementation of the Gateway API that has TLSRoute. */
function gateway(name: string, names: Names, ingress: IngressSettings, opts: CustomResourceOptions): Resource {
  const { routeVersion, ...parent } = ingress.gateway ?? { routeVersion: "" };
  const group = "gateway.networking.k8s.io";
  return new CustomResource(
    name,
    {
      apiVersion: `${group}/${routeVersion}`,
      kind: "TLSRoute",
      metadata: { name: names.ingress, namespace: names.namespace, annotations: DELETE_AT_ONCE },
      spec: {
        parentRefs: [parent],
        hostnames: [names.apiHost],
        rules: [{ backendRefs: [{ name: names.release, port: API_PORT }] }],
      },
    },
    // One object in every version: without the aliases a change of the version would end with its deletion.
    mergeOptions(opts, {
      aliases: ROUTE_VERSIONS.filter((version) => version !== routeVersion).map((version) => ({
        type: `kubernetes:${group}/${version}:TLSRoute`,
      })),
    }),
  );
}

function annotatedIngress(
  name: string,
  names: Names,
  className: string | undefined,
  annotations: Record<string, string>,
  opts: CustomResourceOptions,
): Resource {
  const service = { name: names.release, port: { number: API_PORT } };
  return new Ingress(
    name,
    {
      metadata: {
        name: names.ingress,
        namespace: names.namespace,
        annotations: {
          ...annotations,
          // Many controllers never publish an address, and Pulumi would wait for one. The readiness check looks further.
          "pulumi.com/skipAwait": "true",
          ...DELETE_AT_ONCE,
        },
      },
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        rules: [{ host: names.apiHost, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } }],
      },
    },
    opts,
  );
}
