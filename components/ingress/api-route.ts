import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import { type Alias, type CustomResourceOptions, mergeOptions, type Resource } from "@pulumi/pulumi";

import type { IngressArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import { metadata } from "../kubernetes/metadata";
import { API_PORT, type Names } from "../names";

export type IngressSettings = Settings["ingress"];
export type GatewaySettings = NonNullable<IngressSettings["gateway"]>;
type RouteSettings = Pick<Settings, "ingress" | "labels" | "annotations">;
type RouteOptions = Omit<CustomResourceOptions, "aliases"> & { readonly aliases?: Alias[] };
type Passthrough = (name: string, names: Names, s: RouteSettings, opts: RouteOptions) => Resource;

interface Controller {
  /** The keys of `ingress` that mean something to it. */
  readonly reads: readonly ("className" | "gateway")[];
  /** Undefined where the way is somebody else's. */
  readonly passthrough?: Passthrough;
}

/** One way of passing TLS through to the virtual API for each value of `ingress.controller`. */
export const controllers: Readonly<Record<string, Controller>> = {
  nginx: { reads: ["className"], passthrough: nginx },
  traefik: { reads: ["className"], passthrough: traefik },
  haproxy: { reads: ["className"], passthrough: haproxy },
  gateway: { reads: ["gateway"], passthrough: gateway },
  none: { reads: [] },
} satisfies Record<NonNullable<IngressArgs["controller"]>, Controller>;

/** Versions of TLSRoute, the newest first. */
export const ROUTE_VERSIONS: readonly string[] = [
  "v1",
  "v1alpha3",
  "v1alpha2",
] satisfies GatewaySettings["routeVersion"][];

/**
 * Lets the ingress controller hand connections for the API host through to the virtual API without decrypting them, so
 * that the client sees the virtual cluster's own certificate and can present one. Undefined for the controller `none`.
 */
export function apiRoute(name: string, names: Names, s: RouteSettings, opts: RouteOptions) {
  return controllers[s.ingress.controller]?.passthrough?.(name, names, s, opts);
}

/** ingress-nginx with `--enable-ssl-passthrough`; Traefik 3.6.2 and later reads the same annotations. */
function nginx(name: string, names: Names, s: RouteSettings, opts: RouteOptions): Resource {
  const annotations = {
    "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
    "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
    "nginx.ingress.kubernetes.io/ssl-redirect": "false",
  };
  return annotatedIngress(name, names, s, annotations, opts);
}

/**
 * HAProxy Kubernetes Ingress Controller (haproxytech/kubernetes-ingress). Not the community's HAProxy Ingress
 * (jcmoraisjr/haproxy-ingress), whose annotations are under `haproxy-ingress.github.io/`.
 */
function haproxy(name: string, names: Names, s: RouteSettings, opts: RouteOptions): Resource {
  return annotatedIngress(name, names, s, { "haproxy.org/ssl-passthrough": "true" }, opts);
}

/** Traefik's own kind, for its provider `kubernetesCRD`. On every entry point: only TLS for this host is taken. */
function traefik(name: string, names: Names, s: RouteSettings, opts: RouteOptions): Resource {
  const { className } = s.ingress;
  return new CustomResource(
    name,
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "IngressRouteTCP",
      metadata: routeMetadata(names, s, className === undefined ? {} : { "kubernetes.io/ingress.class": className }),
      spec: {
        routes: [{ match: `HostSNI(\`${names.apiHost}\`)`, services: [{ name: names.release, port: API_PORT }] }],
        tls: { passthrough: true },
      },
    },
    opts,
  );
}

/** Any implementation of the Gateway API that has TLSRoute. */
function gateway(name: string, names: Names, s: RouteSettings, opts: RouteOptions): Resource {
  const { routeVersion, ...parent } = s.ingress.gateway ?? { routeVersion: "" };
  const group = "gateway.networking.k8s.io";
  const others = ROUTE_VERSIONS.filter((version) => version !== routeVersion).map((version) => ({
    type: `kubernetes:${group}/${version}:TLSRoute`,
  }));
  return new CustomResource(
    name,
    {
      apiVersion: `${group}/${routeVersion}`,
      kind: "TLSRoute",
      metadata: routeMetadata(names, s),
      spec: {
        parentRefs: [parent],
        hostnames: [names.apiHost],
        rules: [{ backendRefs: [{ name: names.release, port: API_PORT }] }],
      },
    },
    // One object in every version, at every place: without the aliases a change of the version would end with its deletion.
    mergeOptions(opts, {
      aliases: others.flatMap((other) => [other, ...(opts.aliases ?? []).map((place) => ({ ...place, ...other }))]),
    }),
  );
}

function annotatedIngress(
  name: string,
  names: Names,
  s: RouteSettings,
  annotations: Record<string, string>,
  opts: RouteOptions,
): Resource {
  const { className } = s.ingress;
  const service = { name: names.release, port: { number: API_PORT } };
  return new Ingress(
    name,
    {
      metadata: routeMetadata(names, s, {
        ...annotations,
        // Many controllers never publish an address, and Pulumi would wait for one. The readiness check looks further.
        "pulumi.com/skipAwait": "true",
      }),
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        rules: [{ host: names.apiHost, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } }],
      },
    },
    opts,
  );
}

/** The user's labels and annotations go on the route in every form. */
function routeMetadata(names: Names, s: RouteSettings, annotations: Record<string, string> = {}) {
  return metadata(
    { name: names.ingress, namespace: names.namespace, annotations: { ...annotations, ...BACKGROUND_DELETION } },
    s,
  );
}
