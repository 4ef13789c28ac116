import { randomBytes, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";

import type { Settings } from "../../components/config/defaults";
import type { HostClient } from "../../host/client";
import { PASSTHROUGH } from "../../shared/vcluster/api";
import { items, type KubeObject, texts } from "../objects";

/** A controller takes a new route within this time. */
const ROUTE_MS = 15_000;
const PAUSE_MS = 500;
const HANDSHAKE_MS = 3_000;

const ANNOTATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = PASSTHROUGH;

/**
 * Tries whether a route passes TLS through, by a handshake: through the ingress, at an unused name, to the host's own API
 * server, whose certificate is known. In a namespace of its own, which is removed whatever happens. No pod is started.
 *
 * @returns what was seen instead; undefined where the certificate was the API server's
 */
export async function tryPassthrough(
  host: HostClient,
  { ingress, domain, names }: Pick<Settings, "ingress" | "domain" | "names">,
  routeMs = ROUTE_MS,
): Promise<string | undefined> {
  const annotations = ANNOTATIONS[ingress.controller];
  if (annotations === undefined) throw new Error(`the controller ${ingress.controller} is not tried`);
  const slice = await host.get<KubeObject>("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes");
  const wanted = await shown(new URL(host.server).hostname, Number(new URL(host.server).port || 443), undefined);
  const name = `doctor-${randomBytes(4).toString("hex")}`;
  const probe = `${name}.${domain}`;
  const own = `/api/v1/namespaces/${name}`;
  await host.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  try {
    await host.create(`${own}/services`, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { ports: [{ name: "https", port: 443 }] },
    });
    await host.create(`/apis/discovery.k8s.io/v1/namespaces/${name}/endpointslices`, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, labels: { "kubernetes.io/service-name": name } },
      addressType: slice["addressType"] ?? "IPv4",
      ports: [{ name: "https", port: items(slice, "ports")[0]?.["port"], protocol: "TCP" }],
      endpoints: [{ addresses: items(slice, "endpoints").flatMap((one) => texts(one, "addresses")) }],
    });
    await host.create(`/apis/networking.k8s.io/v1/namespaces/${name}/ingresses`, {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name, annotations },
      spec: {
        ...(ingress.className !== undefined && { ingressClassName: ingress.className }),
        rules: [
          {
            host: probe,
            http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 443 } } } }] },
          },
        ],
      },
    });
    const deadline = Date.now() + routeMs;
    let seen = "";
    do {
      // Where the API's own name leads, because only that has to have an address.
      const found = await shown(names.apiHost, names.apiPort, probe).catch(String);
      if (found instanceof X509Certificate && wanted.fingerprint256 === found.fingerprint256) return undefined;
      seen =
        found instanceof X509Certificate
          ? `a certificate for ${found.subject || "no subject"}, issued by ${found.issuer}`
          : found;
      await sleep(PAUSE_MS);
    } while (Date.now() < deadline);
    return seen;
  } finally {
    await host.remove(own);
  }
}

/** The certificate that a server shows for a name, valid or not. */
async function shown(host: string, port: number, servername: string | undefined): Promise<X509Certificate> {
  const socket = connect({ host, port, rejectUnauthorized: false, ...(servername !== undefined && { servername }) });
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${HANDSHAKE_MS / 1000} s`));
  }, HANDSHAKE_MS);
  try {
    await once(socket, "secureConnect");
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) throw new Error("the server presented no certificate");
    return certificate;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
