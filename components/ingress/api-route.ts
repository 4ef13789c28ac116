import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import { type CustomResourceOptions, mergeOptions, type Resource } from "@pulumi/pulumi";

import type { IngressArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import { API_PORT, type Names } from "../names";

export type IngressSettings = Settings["ingress"];
export type GatewaySettings = NonNullable<IngressSettings["gateway"]>;
type Passthrough = (name: string, names: Names, ingress: IngressSettings, opts: CustomResourceOptions) => Resource;

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
export function apiRoute(name: string, names: Names, ingress: IngressSettings, opts: CustomResourceOptions) {
  return controllers[ingress.controller]?.passthrough?.(name, names, ingress, opts);
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
          ...BACKGROUND_DELETION,
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
      metadata: { name: names.ingress, namespace: names.namespace, annotations: BACKGROUND_DELETION },
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
          ...BACKGROUND_DELETION,
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
