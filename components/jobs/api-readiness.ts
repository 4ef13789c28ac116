import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";

import { CodedError } from "../../shared/coded";
import { type Answer, answerTo } from "../../shared/http";
import { run } from "./run";

/** Input of the job; of it only a token is secret. */
export interface ReadinessInput {
  /** DNS name of the virtual cluster's API server. */
  readonly host: string;
  readonly port: number;
  /** The virtual cluster's CA certificate: PEM in base64. */
  readonly caCertificate: string;
  /** Longest wait in total, in seconds. */
  readonly timeoutSeconds: number;
  /** The object that routes from the ingress controller to the API server, for messages. */
  readonly route: string;
  /** The control plane's pod, as arguments of kubectl. */
  readonly pod: string;
  /** A client inside the host cluster; without one, only the route from this machine is checked. */
  readonly client?: {
    readonly name: string;
    readonly token: string;
    /** DNS name by which it reaches the API. */
    readonly host: string;
    /** Paths of the API that it must be able to read. */
    readonly reads: readonly string[];
  };
}

/** What Argo CD must be able to read, of the rights that the configuration gives its account. */
export function argocdReads(namespaces: readonly string[], clusterResources: boolean): string[] {
  const root = "/api/v1/namespaces";
  const paths = namespaces.map((namespace) => `${root}/${namespace}/configmaps`);
  if (namespaces.length === 0 || clusterResources) paths.unshift(root);
  return paths.map((path) => `${path}?limit=1`);
}

type Check = "DNS" | "port" | "TLS" | "ingress class" | "passthrough" | "certificate" | "API" | "RBAC";

/** What each code of the doctor (docs/doctor.md) that this job can tell is a failure of. */
export const API_CHECKS = {
  "api-host-unresolvable": "DNS",
  "ingress-port-closed": "port",
  "tls-handshake-failed": "TLS",
  "ingress-not-served": "ingress class",
  "tls-terminated-elsewhere": "passthrough",
  "certificate-name-missing": "certificate",
  "certificate-incluster-name-missing": "certificate",
  "serving-certificate-expired": "certificate",
  "api-unreachable": "API",
  "api-not-ready": "API",
  "argocd-token-rejected": "RBAC",
  "argocd-rights-missing": "RBAC",
} as const satisfies Readonly<Record<string, Check>>;

export type ApiCode = keyof typeof API_CHECKS;

/** The first check on the way to the API server that fails, how, and what to do. */
export class CheckFailure extends CodedError {
  declare readonly code: ApiCode;
  constructor(
    code: ApiCode,
    message: string,
    readonly fix: string,
  ) {
    super(message, code);
  }
}

const NO_ANSWER: Answer = { status: 0, body: "" };
const HTTP_PORT = 80;
/** Well above what is read: one ConfigMap, or the page of another server. */
const MAX_BYTES = 16 * 1024 * 1024;
/** How long the job waits, in milliseconds. */
export interface ReadinessLimits {
  /** One request with its connection and its whole answer. */
  readonly attempt: number;
  /** Between two attempts. */
  readonly pause: number;
}

/** What is checked, and for how long. */
interface Target extends ReadinessInput {
  readonly limits: ReadinessLimits;
}

const LIMITS: ReadinessLimits = { attempt: 5_000, pause: 100 };

/** Job: waits until the virtual cluster's API server is ready. */
export async function main(input: ReadinessInput): Promise<void> {
  await run({ "wait-for-api": () => waitForApi(input) });
}

/**
 * Waits until the API server is ready at its URL, with the virtual cluster's certificate, and accepts the client.
 *
 * @param log gets a line whenever the reason to wait changes
 * @returns a line that tells what was checked
 * @throws Error at the time limit, with the check that fails and what to do
 */
export async function waitForApi(
  input: ReadinessInput,
  log: (line: string) => void = console.error,
  limits = LIMITS,
): Promise<string> {
  const url = `https://${input.host}:${input.port}`;
  const deadline = Date.now() + input.timeoutSeconds * 1000;
  let reported = "";
  for (;;) {
    const failure = await attempt({ ...input, limits });
    if (failure === undefined) {
      return `${url} is ready and ${input.client ? `accepts ${input.client.name}'s token` : OWN_CERTIFICATE}`;
    }
    if (Date.now() + limits.pause > deadline) {
      throw new CodedError(
        `${url} was not ready within ${input.timeoutSeconds} s.\n` +
          `Failed check: ${API_CHECKS[failure.code]}. ${failure.message}.\nFix: ${failure.fix}.`,
        failure.code,
      );
    }
    if (failure.message !== reported) log(`waiting for ${url}: ${failure.message}`);
    reported = failure.message;
    await sleep(limits.pause);
  }
}

const OWN_CERTIFICATE = "serves the virtual cluster's certificate";

/** Looks once. @returns the first check that fails; undefined where all pass */
export function checkApi(input: ReadinessInput, limits = LIMITS): Promise<CheckFailure | undefined> {
  return attempt({ ...input, limits });
}

async function attempt(target: Target): Promise<CheckFailure | undefined> {
  try {
    const { status, body } = await get(target, "/readyz");
    if (status !== 200) return unexpectedStatus(target, status, "/readyz", body);
    for (const path of target.client?.reads ?? []) await read(target, path);
    return undefined;
  } catch (error) {
    return error instanceof CheckFailure ? error : unreachable(target, error as NodeJS.ErrnoException);
  }
}

/** One request over a connection whose certificate is the virtual cluster's. */
async function get(target: Target, path: string, token?: string): Promise<Answer> {
  const socket = await handshake(target);
  try {
    await checkCertificate(target, socket);
    return await ask(target, socket, path, token);
  } finally {
    socket.destroy();
  }
}

/** @throws CheckFailure with the API's own message unless the client may read the path */
async function read(target: Target, path: string): Promise<void> {
  const { name = "", token } = target.client ?? {};
  const { status, body } = await get(target, path, token);
  if (status === 200) return;
  if (status !== 401 && status !== 403) throw unexpectedStatus(target, status, path, body);
  const cause =
    status === 401 ? "its token was revoked or has expired" : "its account lost its role, or the role its rules";
  const text = `The API server rejected ${name} with ${status}: ${message(body)}`;
  const code = status === 401 ? "argocd-token-rejected" : "argocd-rights-missing";
  // Preflight tries the token before each update, but not in other programs than this project's.
  const fix = "`pulumi up` recreates both; a component in another program: set argocd.rotation to another value";
  throw new CheckFailure(code, text, `${cause}; ${fix}`);
}

function unexpectedStatus({ pod }: Target, status: number, path: string, body: string): CheckFailure {
  const text = `The API server returned ${status} for ${path}: ${body}`;
  return new CheckFailure("api-not-ready", text, `read its log: kubectl logs ${pod}`);
}

/** Connects without verifying the certificate: a wrong one is examined afterwards. */
async function handshake({ host, port, caCertificate, limits }: Target): Promise<TLSSocket> {
  const ca = Buffer.from(caCertificate, "base64");
  const socket = connect({ host, port, servername: host, ca, rejectUnauthorized: false });
  let connected = false;
  socket.once("connect", () => (connected = true));
  // Of everything on this connection: a server that sends a byte now and then never runs into an idle timeout.
  const timer = setTimeout(() => {
    const error: NodeJS.ErrnoException = new Error(`no answer within ${limits.attempt / 1000} s`);
    error.code = connected ? "EPIPE" : "ETIMEDOUT";
    socket.destroy(error);
  }, limits.attempt);
  socket.once("close", () => {
    clearTimeout(timer);
  });
  socket.on("error", () => undefined); // the request over this connection reports what comes later
  await once(socket, "secureConnect");
  return socket;
}

/** @throws CheckFailure unless the certificate is the virtual cluster's and has all names that are used */
async function checkCertificate(target: Target, socket: TLSSocket): Promise<void> {
  const { host, client } = target;
  const peer = socket.getPeerCertificate();
  const certificate = `The certificate of ${host} is for "${peer.subject.CN}", issued by "${peer.issuer.CN}"`;
  const missing = (name: string) =>
    new CheckFailure(
      name === host ? "certificate-name-missing" : "certificate-incluster-name-missing",
      `${certificate}; it is the virtual cluster's but lacks the name ${name}`,
      `add "${name}" to the values of controlPlane.proxy.extraSANs`,
    );
  if (socket.authorized) {
    if (client && checkServerIdentity(client.host, peer)) throw missing(client.host);
    return;
  }
  const reason = String(socket.authorizationError);
  if (reason === "ERR_TLS_CERT_ALTNAME_INVALID") throw missing(host);
  if (reason === "CERT_HAS_EXPIRED" || reason === "CERT_NOT_YET_VALID") {
    throw new CheckFailure(
      "serving-certificate-expired",
      `${certificate}; it is the virtual cluster's but not valid now (${reason})`,
      "set the clock, or restart the control plane to renew the certificate",
    );
  }
  throw await terminatedElsewhere(target, socket, `${certificate}, not by the virtual cluster (${reason})`);
}

/** Another server terminates TLS: its answer shows whether it has a route to the API server at all. */
async function terminatedElsewhere(target: Target, socket: TLSSocket, certificate: string): Promise<CheckFailure> {
  const { status, body } = await ask(target, socket, "/version").catch(() => NO_ANSWER);
  const answer = status === 0 ? "" : `; it returned ${status}: ${message(body)}`;
  if (status === 404 && !(await isServed(target))) {
    return new CheckFailure(
      "ingress-not-served",
      `${certificate}: no ingress controller serves ${target.route} at this address${answer}`,
      "set ingress.className to the class of this controller (kubectl get ingressclass)",
    );
  }
  if ([502, 503, 504].includes(status)) {
    return new CheckFailure(
      "api-unreachable",
      `${certificate}: ${target.route} has no ready pod${answer}`,
      podHint(target),
    );
  }
  return new CheckFailure(
    "tls-terminated-elsewhere",
    `${certificate}: something in between terminates TLS${answer}`,
    "enable TLS passthrough in the ingress controller (Traefik: --providers.kubernetesingressnginx for annotations of " +
      `ingress-nginx; ingress-nginx: --enable-ssl-passthrough) and for ${target.route}`,
  );
}

/** Traefik serves an ingress without passthrough by plain HTTP only; it redirects any name. */
async function isServed({ host, limits }: Target): Promise<boolean> {
  const signal = AbortSignal.timeout(limits.attempt);
  const sent = request({ host, port: HTTP_PORT, path: "/version", signal });
  sent.on("error", () => undefined); // also what comes after the answer
  const [response] = (await once(sent.end(), "response").catch(() => [])) as [IncomingMessage?];
  sent.destroy();
  const status = response?.statusCode ?? 0;
  return status !== 0 && status !== 404 && Math.floor(status / 100) !== 3;
}

async function ask({ host }: Target, socket: TLSSocket, path: string, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request({ host, path, headers, createConnection: () => socket });
  const { status, body } = await answerTo(sent, undefined, MAX_BYTES);
  return { status, body: body.slice(0, 2000).trim() };
}

/** The message of a Status of the API; of any other answer its beginning. */
function message(body: string): string {
  return (/"message": ?"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body).replaceAll('\\"', '"').slice(0, 300);
}

function unreachable(target: Target, error: NodeJS.ErrnoException): CheckFailure {
  const { host, port } = target;
  const { code = "" } = error;
  if (["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA"].includes(code)) {
    const fix = "point the name to the ingress controller, in DNS or in /etc/hosts";
    return new CheckFailure("api-host-unresolvable", `${host} does not resolve (${code})`, fix);
  }
  if (["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EACCES", "EPERM"].includes(code)) {
    const fix = "start the ingress controller, or open its port to this machine";
    return new CheckFailure("ingress-port-closed", `Port ${port} of ${host} is not reachable (${code})`, fix);
  }
  if (["ECONNRESET", "EPIPE"].includes(code)) {
    const text = `Port ${port} of ${host} accepts the connection, but no backend answers (${error.message})`;
    return new CheckFailure("api-unreachable", text, podHint(target));
  }
  return new CheckFailure(
    "tls-handshake-failed",
    `${host} does not complete a TLS handshake on port ${port} (${code || error.message})`,
    "point the name to the ingress controller, and the port to its TLS listener",
  );
}

function podHint({ pod, route }: Target): string {
  return `check that the pod runs (kubectl get pod ${pod}), and that ${route} and the network policies lead to it`;
}
