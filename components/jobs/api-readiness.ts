// A program of its own: `program.ts` hands its compiled text to `node`. It imports nothing but Node's own modules.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";

/** What the program is started with; of it only a token is secret. */
export interface ReadinessInput {
  /** DNS name of the virtual API. */
  readonly host: string;
  readonly port: number;
  /** Certificate of the virtual cluster's authority: PEM in base64. */
  readonly caCertificate: string;
  /** Longest wait altogether, in seconds. */
  readonly timeoutSeconds: number;
  /** What leads from the ingress controller to the API, in words for messages. */
  readonly route: string;
  /** The control plane's pod, as arguments of kubectl. */
  readonly pod: string;
  /** A client that comes from inside the host cluster; without one, only the way from here is looked at. */
  readonly client?: {
    readonly name: string;
    readonly token: string;
    /** DNS name by which it reaches the API. */
    readonly host: string;
    /** Paths of the API that it must be able to read. */
    readonly reads: readonly string[];
  };
}

type Check = "DNS" | "port" | "TLS" | "ingress class" | "passthrough" | "certificate" | "API" | "RBAC";

/** The first link on the way to the API that is broken, how it shows, and what to do. */
class CheckFailure extends Error {
  constructor(
    readonly check: Check,
    words: string,
    readonly fix: string,
  ) {
    super(words);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const NO_ANSWER: Answer = { status: 0, body: "" };
const HTTP_PORT = 80;
const ATTEMPT_MS = 5_000;
const PAUSE_MS = 100;

/** Waits until the API is ready; otherwise says on standard error which link is broken and exits with status 1. */
export async function main(input: ReadinessInput): Promise<void> {
  const url = `https://${input.host}:${input.port}`;
  const deadline = Date.now() + input.timeoutSeconds * 1000;
  let seen = "";
  for (;;) {
    const broken = await attempt(input);
    if (broken === undefined) {
      console.log(`${url} is ready and ${input.client ? `lets ${input.client.name} in` : OWN_CERTIFICATE}`);
      return;
    }
    if (Date.now() + PAUSE_MS > deadline) {
      console.error(
        `${url} was not ready within ${input.timeoutSeconds} s.\n` +
          `Broken link: ${broken.check}. ${broken.message}.\nFix: ${broken.fix}.`,
      );
      process.exitCode = 1;
      return;
    }
    if (broken.message !== seen) console.error(`waiting for ${url}: ${broken.message}`);
    seen = broken.message;
    await sleep(PAUSE_MS);
  }
}

const OWN_CERTIFICATE = "has the virtual cluster's own certificate";

async function attempt(input: ReadinessInput): Promise<CheckFailure | undefined> {
  try {
    const { status, body } = await get(input, "/readyz");
    if (status !== 200) {
      const words = `The API answers /readyz with ${status}: ${body}`;
      return new CheckFailure("API", words, `look at its log: kubectl logs ${input.pod}`);
    }
    for (const path of input.client?.reads ?? []) await read(input, path);
    return undefined;
  } catch (error) {
    return error instanceof CheckFailure ? error : unreachable(input, error as NodeJS.ErrnoException);
  }
}

/** One request over a connection that was found to end at the virtual cluster itself. */
async function get(input: ReadinessInput, path: string, token?: string): Promise<Answer> {
  const socket = await handshake(input);
  try {
    await checkCertificate(input, socket);
    return await ask(input, socket, path, token);
  } finally {
    socket.destroy();
  }
}

/** Whether the client may do what it is there for. In the API's own words if not. */
async function read(input: ReadinessInput, path: string): Promise<void> {
  const { name = "", token } = input.client ?? {};
  const { status, body } = await get(input, path, token);
  if (status === 200) return;
  if (status !== 401 && status !== 403) {
    throw new CheckFailure("API", `The API answers ${path} with ${status}: ${body}`, `kubectl logs ${input.pod}`);
  }
  const cause =
    status === 401 ? "its token was revoked or has run out" : "its account has lost its role, or the role its rights";
  const words = `The API refuses ${name} with ${status}: ${message(body)}`;
  throw new CheckFailure("RBAC", words, `${cause}; another value of argocd.rotation has both made anew (make rotate)`);
}

/** Connects without judging the certificate: a wrong one is looked at instead of dropped. */
function handshake({ host, port, caCertificate }: ReadinessInput): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const ca = Buffer.from(caCertificate, "base64");
    const socket = connect({ host, port, servername: host, ca, rejectUnauthorized: false, timeout: ATTEMPT_MS });
    let connected = false;
    socket.once("connect", () => (connected = true));
    socket.once("secureConnect", () => {
      resolve(socket);
    });
    socket.once("timeout", () => {
      const error: NodeJS.ErrnoException = new Error(`no answer within ${ATTEMPT_MS / 1000} s`);
      error.code = connected ? "EPIPE" : "ETIMEDOUT";
      socket.destroy(error);
    });
    socket.once("error", reject);
  });
}

/** @throws Broken when the certificate is not the virtual cluster's own, or not for all names that are used. */
async function checkCertificate(input: ReadinessInput, socket: TLSSocket): Promise<void> {
  const { host, client } = input;
  const peer = socket.getPeerCertificate();
  const certificate = `The certificate of ${host} is for "${peer.subject.CN}", issued by "${peer.issuer.CN}"`;
  const missing = (name: string) =>
    new CheckFailure(
      "certificate",
      `${certificate}; it is the virtual cluster's own but does not have the name ${name}`,
      `add "${name}" to the values of controlPlane.proxy.extraSANs`,
    );
  if (socket.authorized) {
    if (client && checkServerIdentity(client.host, peer)) throw missing(client.host);
    return;
  }
  const reason = String(socket.authorizationError);
  if (reason === "ERR_TLS_CERT_ALTNAME_INVALID") throw missing(host);
  if (reason === "CERT_HAS_EXPIRED" || reason === "CERT_NOT_YET_VALID") {
    const words = `${certificate}; it is the virtual cluster's own but not valid now (${reason})`;
    throw new CheckFailure(
      "certificate",
      words,
      "set the clock, or restart the control plane to renew the certificate",
    );
  }
  throw await terminatedElsewhere(input, socket, `${certificate}, and not by the virtual cluster (${reason})`);
}

/** Somebody else ended TLS: what it answers tells whether it knows the way to the API at all. */
async function terminatedElsewhere(input: ReadinessInput, socket: TLSSocket, words: string): Promise<CheckFailure> {
  const { status, body } = await ask(input, socket, "/version").catch(() => NO_ANSWER);
  const answer = status === 0 ? "" : `, and answers with ${status}: ${message(body)}`;
  if (status === 404 && !(await isServed(input))) {
    return new CheckFailure(
      "ingress class",
      `${words}: no ingress controller serves ${input.route} there${answer}`,
      "give ingress.className a class that `kubectl get ingressclass` lists and whose controller this is",
    );
  }
  if ([502, 503, 504].includes(status)) {
    return new CheckFailure("API", `${words}: no pod stands behind ${input.route}${answer}`, lookAtPod(input));
  }
  return new CheckFailure(
    "passthrough",
    `${words}: something in between ends TLS${answer}`,
    `switch TLS passthrough on in the ingress controller (ingress-nginx: --enable-ssl-passthrough) and for ${input.route}`,
  );
}

/** Traefik serves an ingress without passthrough by plain HTTP only; a redirect is given for any name. */
async function isServed({ host }: ReadinessInput): Promise<boolean> {
  const plain = new Promise<Answer>((resolve, reject) => {
    const sent = request({ host, port: HTTP_PORT, path: "/version", timeout: ATTEMPT_MS }, (response) => {
      resolve({ status: response.statusCode ?? 0, body: "" });
      response.destroy();
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer")));
    sent.once("error", reject);
    sent.end();
  });
  const { status } = await plain.catch(() => NO_ANSWER);
  return status !== 0 && status !== 404 && Math.floor(status / 100) !== 3;
}

function ask({ host }: ReadinessInput, socket: TLSSocket, path: string, token?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = request({ host, path, headers, createConnection: () => socket }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += body.length < 2000 ? chunk : ""));
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body: body.slice(0, 2000).trim() });
      });
      response.once("error", reject);
    });
    sent.once("error", reject);
    sent.end();
  });
}

/** What a Status of the API says; of any other answer its beginning. */
function message(body: string): string {
  return (/"message": ?"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body).replaceAll('\\"', '"').slice(0, 300);
}

function unreachable(input: ReadinessInput, error: NodeJS.ErrnoException): CheckFailure {
  const { host, port } = input;
  const code = error.code ?? "";
  if (["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA"].includes(code)) {
    const fix = "make the name lead to the ingress controller, in DNS or in /etc/hosts";
    return new CheckFailure("DNS", `${host} has no address (${code})`, fix);
  }
  if (["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EACCES", "EPERM"].includes(code)) {
    const fix = "start the ingress controller, or open its port to this machine";
    return new CheckFailure("port", `Port ${port} of ${host} cannot be reached (${code})`, fix);
  }
  if (["ECONNRESET", "EPIPE"].includes(code)) {
    const words = `Port ${port} of ${host} takes the connection, but nothing behind it answers (${error.message})`;
    return new CheckFailure("API", words, lookAtPod(input));
  }
  return new CheckFailure(
    "TLS",
    `${host} does not answer on port ${port} as a TLS server should (${code || error.message})`,
    "see that the name leads to the ingress controller, and the port to its TLS listener",
  );
}

function lookAtPod({ pod, route }: ReadinessInput): string {
  return `see that the pod runs (kubectl get pod ${pod}), and that ${route} and the network policies lead to it`;
}
