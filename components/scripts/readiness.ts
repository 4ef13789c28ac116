// A program of its own: `program.ts` hands its compiled text to `node`. It imports nothing but Node's own modules.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";

/** What the program is started with; nothing of it is secret. */
export interface ReadinessInput {
  /** DNS name of the virtual API. */
  readonly host: string;
  readonly port: number;
  /** Certificate of the virtual cluster's authority: PEM in base64. */
  readonly authority: string;
  /** Longest wait altogether, in seconds. */
  readonly timeoutSeconds: number;
}

/** The first link between here and the API that is broken, and how it shows. */
interface Broken {
  readonly link: "DNS" | "port" | "TLS" | "passthrough" | "certificate" | "API";
  readonly words: string;
  readonly fix: string;
}

const ATTEMPT_MS = 5_000;
const PAUSE_MS = 500;

/** Waits until the API is ready; otherwise says on standard error which link is broken and exits with status 1. */
export async function main(input: ReadinessInput): Promise<void> {
  const url = `https://${input.host}:${input.port}`;
  const deadline = Date.now() + input.timeoutSeconds * 1000;
  let seen = "";
  for (;;) {
    const broken = await attempt(input);
    if (broken === undefined) {
      console.log(`${url} is ready and has the virtual cluster's own certificate`);
      return;
    }
    if (Date.now() + PAUSE_MS > deadline) {
      console.error(
        `${url} was not ready within ${input.timeoutSeconds} s.\n` +
          `Broken link: ${broken.link}. ${broken.words}.\nFix: ${broken.fix}.`,
      );
      process.exitCode = 1;
      return;
    }
    if (broken.words !== seen) console.error(`waiting for ${url}: ${broken.words}`);
    seen = broken.words;
    await sleep(PAUSE_MS);
  }
}

async function attempt(input: ReadinessInput): Promise<Broken | undefined> {
  try {
    const socket = await handshake(input);
    try {
      return wrongCertificate(input, socket) ?? (await notReady(input, socket));
    } finally {
      socket.destroy();
    }
  } catch (error) {
    return unreachable(input, error as NodeJS.ErrnoException);
  }
}

/** Connects without judging the certificate: a wrong one is looked at instead of dropped. */
function handshake({ host, port, authority }: ReadinessInput): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const ca = Buffer.from(authority, "base64");
    const socket = connect({ host, port, servername: host, ca, rejectUnauthorized: false, timeout: ATTEMPT_MS });
    socket.once("secureConnect", () => {
      resolve(socket);
    });
    socket.once("timeout", () => socket.destroy(new Error(`no answer within ${ATTEMPT_MS / 1000} s`)));
    socket.once("error", reject);
  });
}

function wrongCertificate({ host }: ReadinessInput, socket: TLSSocket): Broken | undefined {
  if (socket.authorized) return undefined;
  const { subject, issuer } = socket.getPeerCertificate();
  const certificate = `The certificate of ${host} is for "${subject.CN}", issued by "${issuer.CN}"`;
  const reason = String(socket.authorizationError);
  if (reason === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const words = `${certificate}; it is the virtual cluster's own but does not have this name`;
    return { link: "certificate", words, fix: `add "${host}" to the values of controlPlane.proxy.extraSANs` };
  }
  if (reason === "CERT_HAS_EXPIRED" || reason === "CERT_NOT_YET_VALID") {
    const words = `${certificate}; it is the virtual cluster's own but not valid now (${reason})`;
    return { link: "certificate", words, fix: "set the clock, or restart the control plane to renew the certificate" };
  }
  return {
    link: "passthrough",
    words: `${certificate}, and not by the virtual cluster (${reason}): something in between ends TLS`,
    fix:
      "switch TLS passthrough on in the ingress controller (ingress-nginx: --enable-ssl-passthrough) " +
      "and see that the ingress has a class which that controller serves",
  };
}

function notReady({ host }: ReadinessInput, socket: TLSSocket): Promise<Broken | undefined> {
  return new Promise((resolve, reject) => {
    const get = request({ host, path: "/readyz", createConnection: () => socket }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += body.length < 300 ? chunk : ""));
      response.on("end", () => {
        if (response.statusCode === 200) {
          resolve(undefined);
          return;
        }
        const words = `The API answers /readyz with ${String(response.statusCode)}: ${body.slice(0, 300).trim()}`;
        resolve({ link: "API", words, fix: "look at the log of the control plane's pod" });
      });
    });
    get.once("error", reject);
    get.end();
  });
}

function unreachable({ host, port }: ReadinessInput, error: NodeJS.ErrnoException): Broken {
  const code = error.code ?? "";
  if (["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA"].includes(code)) {
    const words = `${host} has no address (${code})`;
    return { link: "DNS", words, fix: "make the name lead to the ingress controller, in DNS or in /etc/hosts" };
  }
  if (["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EACCES", "EPERM"].includes(code)) {
    const words = `Port ${port} of ${host} cannot be reached (${code})`;
    return { link: "port", words, fix: "start the ingress controller, or open its port to this machine" };
  }
  const words = `${host} does not answer on port ${port} as a TLS server should (${code || error.message})`;
  return {
    link: "TLS",
    words,
    fix: "see that the ingress controller has read the ingress and reaches the pod behind it",
  };
}
