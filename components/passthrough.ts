import { Ingress } from "@pulumi/kubernetes/networking/v1";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";

import { DELETE_AT_ONCE } from "./annotations";
import type { Settings } from "./defaults";
import { API_PORT, type Names } from "./names";

type Passthrough = (name: string, names: Names, className: string, opts: CustomResourceOptions) => Resource;

/** One way of passing TLS through to the virtual API for each ingress controller. */
const controllers: Readonly<Record<string, Passthrough>> = { nginx };

/** Values of `ingress.controller`. */
export const CONTROLLERS: readonly string[] = Object.keys(controllers);

/**
 * Lets the ingress controller hand connections for the API host through to the virtual API without decrypting them, so
 * that the client sees the virtual cluster's own certificate and can present one.
 */
export function apiIngress(name: string, names: Names, ingress: Settings["ingress"], opts: CustomResourceOptions) {
  const controller = controllers[ingress.controller];
  if (controller === undefined) throw new Error(`no passthrough for ingress controller ${ingress.controller}`);
  return controller(name, names, ingress.className, opts);
}

/** ingress-nginx with `--enable-ssl-passthrough`; Traefik 3.6.2 and later reads the same annotations. */
function nginx(name: string, names: Names, className: string, opts: CustomResourceOptions): Resource {
  const service = { name: names.release, port: { number: API_PORT } };
  return new Ingress(
    name,
    {
      metadata: {
        name: names.ingress,
        namespace: names.namespace,
        annotations: {
          "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
          "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
          "nginx.ingress.kubernetes.io/ssl-redirect": "false",
          // Many controllers never publish an address, and Pulumi would wait for one. The readiness check looks further.
          "pulumi.com/skipAwait": "true",
          ...DELETE_AT_ONCE,
        },
      },
      spec: {
        ingressClassName: className,
        rules: [{ host: names.apiHost, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } }],
      },
    },
    opts,
  );
}
