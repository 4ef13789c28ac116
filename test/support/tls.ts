import type { X509Certificate } from "node:crypto";
import * as http from "node:http";
import * as tls from "node:tls";

import { type Answer, answerTo } from "../../shared/http";
import { within } from "../../shared/wait";

/**
 * Where the host's ingress controller listens. The names of an environment are not looked up but sent (SNI, Host), so
 * the tests need no DNS.
 */
const ingress = { host: "127.0.0.1", httpsPort: 443, httpPort: 80 };

/** Another ingress controller. */
export type Ports = typeof ingress;

/** What a TLS client sees behind a name. */
export interface Peer {
  certificate: X509Certificate;
  /** Whether the chain leads to the given authority and the certificate is for that name. */
  authorized: boolean;
  /** Why not, as OpenSSL's code; empty when it is. */
  reason: string;
}

/** Completes a TLS handshake through the ingress and judges the peer by one authority, trusting no other. */
export async function peer(name: string, authority: string, { host, httpsPort } = ingress): Promise<Peer> {
  const socket = tls.connect({
    host,
    port: httpsPort,
    servername: name,
    ca: authority,
    rejectUnauthorized: false, // the judgement is the result, so the handshake goes on without it
  });
  try {
    await within(
      10_000,
      new Promise((resolve, reject) => {
        socket.once("secureConnect", resolve).once("error", reject);
      }),
    );
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error(`${name}: the peer showed no certificate`);
    const reason = socket.authorized ? "" : String(socket.authorizationError);
    return { certificate, authorized: socket.authorized, reason };
  } finally {
    socket.destroy();
  }
}

/** Asks the ingress for a page of the given host by plain HTTP. */
export async function httpGet(name: string, path = "/", { host, httpPort } = ingress): Promise<Answer> {
  const options = { host, port: httpPort, path, headers: { host: name }, agent: false };
  return within(10_000, answerTo(http.get(options)));
}
