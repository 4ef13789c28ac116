import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import { type Alias, type CustomResourceOptions, mergeOptions, type Resource } from "@pulumi/pulumi";

import { PASSTHROUGH } from "../../shared/vcluster/api";
import type { IngressArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { metadata } from "../kubernetes/metadata";
import { API_PORT } from "../names";

export type IngressSettings = Settings["ingress"];
export type GatewaySettings = NonNullable<IngressSettings["gateway"]>;
type RouteOptions = Omit<CustomResourceOptions, "aliases"> & { readonly aliases?: Alias[] };
type Passthrough = (name: string, env: ResolvedEnvironment, opts: RouteOptions) => Resource;

interface Controller {
  /** The keys of `ingress` that it reads. */
  readonly reads: readonly ("className" | "gateway")[];
  /** Undefined where somebody else makes the route. */
  readonly passthrough?: Passthrough;
}

/** How TLS is passed through to the virtual cluster's API, for each value of `ingress.controller`. */
export const controllers: Readonly<Record<string, Controller>> = {
  // ingress-nginx with `--enable-ssl-passthrough`; Traefik 3.6.2 and later reads the same annotations.
  nginx: {
    reads: ["className"],
    passthrough: annotatedIngress({ ...PASSTHROUGH.nginx, "nginx.ingress.kubernetes.io/ssl-redirect": "false" }),
  },
  traefik: { reads: ["className"], passthrough: traefik },
  // HAProxy Kubernetes Ingress Controller (haproxytech/kubernetes-ingress). Not the community's HAProxy Ingress
  // (jcmoraisjr/haproxy-ingress), whose annotations are under `haproxy-ingress.github.io/`.
  haproxy: { reads: ["className"], passthrough: annotatedIngress(PASSTHROUGH.haproxy) },
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
 * Lets the ingress controller hand connections for the API host through to the virtual cluster's API without decrypting
 * them, so that the client sees the virtual cluster's own certificate and can present one. Undefined for the controller `none`.
 */
export function apiRoute(name: string, env: ResolvedEnvironment, opts: RouteOptions): Resource | undefined {
  return controllers[env.ingress.controller]?.passthrough?.(name, env, opts);
}

/** Traefik's own kind, for its provider `kubernetesCRD`. On every entry point, for TLS to this host only. */
function traefik(name: string, env: ResolvedEnvironment, opts: RouteOptions): Resource {
  const { names, ingress } = env;
  const annotations = ingress.className === undefined ? {} : { "kubernetes.io/ingress.class": ingress.className };
  return new CustomResource(
    name,
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "IngressRouteTCP",
      metadata: routeMetadata(env, annotations),
      spec: {
        routes: [{ match: `HostSNI(\`${names.apiHost}\`)`, services: [{ name: names.release, port: API_PORT }] }],
        tls: { passthrough: true },
      },
    },
    opts,
  );
}

/** Any implementation of the Gateway API that has TLSRoute. */
function gateway(name: string, env: ResolvedEnvironment, opts: RouteOptions): Resource {
  const { names, ingress } = env;
  const { routeVersion, ...parent } = ingress.gateway ?? { routeVersion: "" };
  const group = "gateway.networking.k8s.io";
  const others = ROUTE_VERSIONS.filter((version) => version !== routeVersion).map((version) => ({
    type: `kubernetes:${group}/${version}:TLSRoute`,
  }));
  return new CustomResource(
    name,
    {
      apiVersion: `${group}/${routeVersion}`,
      kind: "TLSRoute",
      metadata: routeMetadata(env),
      spec: {
        parentRefs: [parent],
        hostnames: [names.apiHost],
        rules: [{ backendRefs: [{ name: names.release, port: API_PORT }] }],
      },
    },
    // Every version is the same object: without the aliases, a change of the version would delete it after creating it.
    mergeOptions(opts, {
      aliases: others.flatMap((other) => [other, ...(opts.aliases ?? []).map((place) => ({ ...place, ...other }))]),
    }),
  );
}

/** An Ingress with the annotations by which a controller passes TLS through. */
function annotatedIngress(annotations: Record<string, string>): Passthrough {
  return (name, env, opts) => {
    const { names, ingress } = env;
    const service = { name: names.release, port: { number: API_PORT } };
    return new Ingress(
      name,
      {
        metadata: routeMetadata(env, {
          ...annotations,
          // Many controllers never publish an address, and Pulumi would wait for one. The readiness check looks further.
          "pulumi.com/skipAwait": "true",
        }),
        spec: {
          ...(ingress.className !== undefined && { ingressClassName: ingress.className }),
          rules: [{ host: names.apiHost, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } }],
        },
      },
      opts,
    );
  };
}

/** The user's labels and annotations go on the route in every form. */
function routeMetadata(env: ResolvedEnvironment, annotations: Record<string, string> = {}) {
  const { ingress: name, namespace } = env.names;
  return metadata({ name, namespace, annotations: { ...annotations, ...OWN_OBJECT } }, env);
}
