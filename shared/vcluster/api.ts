/** Port of a virtual cluster's API server, on its Service and at the ingress. */
export const API_PORT = 443;

/** Name of that port on the Service. */
export const API_PORT_NAME = "https";

/** DNS names in the certificate of a virtual cluster's API server: the syncer adds the first three to the configured ones. */
export function certificateNames(release: string, namespace: string, extraSans: unknown): string[] {
  const configured = Array.isArray(extraSans) ? extraSans.map(String) : [];
  return [release, `${release}.${namespace}`, "localhost", ...configured];
}

/** Annotations that make an ingress controller pass TLS through to the API server, by controller. */
export const PASSTHROUGH = {
  nginx: {
    "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
    "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
  },
  haproxy: { "haproxy.org/ssl-passthrough": "true" },
} as const;

/** The annotation among {@link PASSTHROUGH} that switches passthrough on, by controller. */
export const PASSTHROUGH_SWITCHES = ["nginx.ingress.kubernetes.io/ssl-passthrough", "haproxy.org/ssl-passthrough"];
