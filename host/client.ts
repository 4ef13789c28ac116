import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  Agent as PlainAgent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestPlain,
  type RequestOptions,
} from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import { basename } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { base64 } from "../shared/base64";
import { CodedError } from "../shared/coded";
import { type Answer, answerTo } from "../shared/http";
import { getIn, isPlainObject, type JsonObject, parseObject } from "../shared/json";
import { findHost, type Host, type HostOptions, serviceAccountHost, unreadableMessage } from "./kubeconfig";

/** Bounds of one request, whatever the server does. */
export interface Limits {
  /** Longest time from the connection to the last byte of the answer, repetitions for an overloaded API included, in milliseconds. */
  readonly requestMs: number;
  /** Largest answer. */
  readonly bytes: number;
}

const LIMITS: Limits = { requestMs: 10_000, bytes: 64 * 1024 * 1024 };
const PLUGIN_MS = 60_000;
/**
 * Requests share a few connections: a TLS handshake with a client certificate costs more than the request itself. Idle ones
 * close before an API server or a proxy between closes them, and do not keep the process running.
 */
const CONNECTIONS = { keepAlive: true, maxSockets: 6, timeout: 5_000 };
/** Objects per page of a list, as kubectl asks for them. */
const PAGE_SIZE = 500;
/** Bounds of a list: a server that always has another page would keep it going for ever. */
const MAX_PAGES = 200;
const LIST_REQUESTS = 6;

/** Media type of a list that has only the metadata of its objects. */
export const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Any object of the Kubernetes API. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid?: string }[];
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly time?: string;
    readonly subresource?: string;
    readonly fieldsV1?: JsonObject;
  }[];
}

export interface Secret extends KubernetesObject {
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly name: string; readonly state?: JsonObject }[];
  };
}

/** Whether the kubelet reports a pod as ready, and nobody has deleted it. */
export function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
  return ready === true && metadata?.deletionTimestamp === undefined;
}

/** The host's API did what was not asked of it: an answer other than success, or one that cannot be used. */
export class HostError extends CodedError {
  /** Whether the host has answered other requests before. */
  readonly answers: boolean;

  constructor(
    message: string,
    /** HTTP status; undefined without an answer. */
    readonly status?: number,
    {
      code = status === undefined ? "host-unreachable" : "host-refused",
      answers = false,
      ...options
    }: CodedOptions = {},
  ) {
    super(message, code, options);
    this.name = "HostError";
    this.answers = answers;
  }
}

interface CodedOptions extends ErrorOptions {
  readonly code?: string;
  readonly answers?: boolean;
}

/** Of 4xx: a timeout, a list that has expired between its pages, and too many requests. */
const TRANSIENT_STATUSES = [408, 410, 429];
const TRANSIENT_CODES = ["host-timeout", "host-list-endless"];
/** A connection that was there ended in the middle of a request. */
const CONNECTION_LOST = ["ECONNRESET", "EPIPE"];

/**
 * True where the API is overloaded or faulty, and may answer the same request later: it did not refuse it. A function and no
 * method, so that the jobs in the state do without it.
 */
export function isTransient({ status, code, cause, answers }: HostError): boolean {
  if (status === undefined) {
    const { code: reason = "" } = (cause ?? {}) as { code?: string };
    return TRANSIENT_CODES.includes(code) || CONNECTION_LOST.includes(reason) || (answers && isNoConnection(cause));
  }
  return TRANSIENT_STATUSES.includes(status) || status >= 500 || status < 400;
}

/**
 * No connection came about, to any address of the host. Where it has answered before, one of several API servers may be
 * restarting, for example. Not for TLS, which fails the same way again.
 */
export function isNoConnection(cause: unknown): boolean {
  const { code, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  return (syscall !== undefined && code !== "EPROTO") || cause instanceof AggregateError;
}

/** The kubeconfig's credential plugin did not return credentials. */
export class CredentialPluginError extends HostError {
  constructor(command: string, reason: string) {
    super(
      `The credential plugin ${basename(command)} failed: ${reason}. Allowed: an ExecCredential with a status on standard ` +
        "output, exit code 0. Fix: `kubectl version` with the same kubeconfig and context shows what the plugin reports. " +
        "[credential-plugin]",
      undefined,
      { code: "credential-plugin" },
    );
  }
}

/**
 * Connects to the host that the options lead to; in a pod without a kubeconfig, with the pod's service account.
 * Nothing is sent yet.
 *
 * @param as user to act as, where the one of the kubeconfig may impersonate
 * @throws KubeconfigError where no host is configured
 * @throws HostError where the kubeconfig asks for what is not supported
 */
export function connect(options: HostOptions, limits: Partial<Limits> = {}, as?: string): HostClient {
  const host = findHost(options) ?? serviceAccountHost(options.env);
  return new HostClient(as === undefined ? host : { ...host, user: { ...host.user, as } }, limits);
}

interface Message {
  readonly body?: object | undefined;
  readonly type?: string;
  readonly accept?: string | undefined;
}

/** How a request logs in. */
type Access = Readonly<{ tls: ConnectionOptions; login: OutgoingHttpHeaders }>;

/**
 * The host's API. A path begins with `/api` or `/apis` and may have a query. The type of an answer is the caller's claim
 * about the kind at the path; only that it is a JSON object is checked.
 *
 * Every method @throws HostError with the API's own message for anything but success.
 *
 * Not by `@kubernetes/client-node`: loading it takes 0.4 s of every preview, and the jobs in the state would need it at
 * every destroy. These are the ways to log in that client-go knows beside its old `auth-provider`.
 */
export class HostClient {
  private readonly base: string;
  private readonly proxy: URL | undefined;
  private readonly limits: Limits;
  private readonly connections = { plain: new PlainAgent(CONNECTIONS), secure: new SecureAgent(CONNECTIONS) };
  /** What the credential plugin returned. */
  private status: JsonObject | undefined;
  private running: Promise<JsonObject> | undefined;
  private answers: boolean;

  /** @param host one that was found before */
  constructor(
    private readonly host: Host,
    limits: Partial<Limits> = {},
  ) {
    this.limits = { ...LIMITS, ...limits };
    this.base = host.server.replace(/\/+$/, "");
    this.proxy = proxyOf(host);
    this.answers = host.answers ?? false;
    if (host.user["auth-provider"] !== undefined) {
      throw new HostError(
        `The user in ${host.origin} logs in with "auth-provider", which is not supported. ` +
          "Fix: use a credential plugin (exec), a token or a client certificate.",
        undefined,
        { code: "host-auth-provider" },
      );
    }
  }

  get server(): string {
    return this.host.server;
  }

  /** @param accept media types of the answer; must be JSON */
  get<T extends object = JsonObject>(path: string, accept?: string): Promise<T> {
    return this.send("GET", path, { accept });
  }

  /** Like {@link get}; undefined where the object or its kind does not exist. */
  async find<T extends object = JsonObject>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof HostError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** The items of a list, of all its pages, within the time of a few requests. */
  async list<T extends object = JsonObject>(path: string, accept?: string): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    const limitMs = LIST_REQUESTS * this.limits.requestMs;
    const deadline = Date.now() + limitMs;
    let pages = 0;
    do {
      if (++pages > MAX_PAGES || Date.now() > deadline) {
        const read = `${items.length} objects in ${pages - 1} pages`;
        throw new HostError(
          `GET ${path.replace(/\?.*/, "")}: no end after ${read}, of at most ${MAX_PAGES} in ${limitMs / 1000} s`,
          undefined,
          { code: "host-list-endless" },
        );
      }
      const query = `limit=${PAGE_SIZE}${next === undefined ? "" : `&continue=${encodeURIComponent(next)}`}`;
      const url = `${path}${path.includes("?") ? "&" : "?"}${query}`;
      const page: { items?: T[] | null; metadata?: { continue?: string } } = await this.get(url, accept);
      items.push(...(page.items ?? []));
      next = page.metadata?.continue;
    } while (next !== undefined && next !== "");
    return items;
  }

  /** The text at a path that has no JSON, such as a pod's log. */
  async text(path: string): Promise<string> {
    return (await this.answer("GET", path, { accept: "*/*" })).body;
  }

  create<T extends object = JsonObject>(path: string, body: object): Promise<T> {
    return this.send("POST", path, { body });
  }

  replace<T extends object = JsonObject>(path: string, body: object): Promise<T> {
    return this.send("PUT", path, { body });
  }

  /** A JSON merge patch (RFC 7386); a list is a JSON patch (RFC 6902). */
  patch<T extends object = JsonObject>(path: string, body: object): Promise<T> {
    const type = `application/${Array.isArray(body) ? "json-patch" : "merge-patch"}+json`;
    return this.send("PATCH", path, { body, type });
  }

  /** @param options a DeleteOptions, such as `{ preconditions: { uid } }` */
  async remove(path: string, options?: object): Promise<void> {
    await this.send("DELETE", path, { body: options });
  }

  private async send<T extends object>(method: string, path: string, message: Message): Promise<T> {
    const { status, body } = await this.answer(method, path, message);
    const value = parseObject(body);
    if (value !== undefined) return value as T;
    throw new HostError(`${method} ${path.replace(/\?.*/, "")} did not return a JSON object`, status, {
      code: "host-answer-invalid",
    });
  }

  /** An answer of success. */
  private async answer(method: string, path: string, message: Message): Promise<Answer> {
    const what = `${method} ${path.replace(/\?.*/, "")}`;
    // Not a part of the request's time: a plugin may wait for a person to log in.
    const access = await this.access();
    const { requestMs, bytes } = this.limits;
    const signal = AbortSignal.timeout(requestMs);
    const deadline = Date.now() + requestMs;
    const content = message.body && JSON.stringify(message.body);
    let answer;
    let pauseMs = 0;
    try {
      do {
        if (pauseMs > 0) await delay(pauseMs);
        pauseMs = NaN;
        const request = await this.request(method, path, message, content, signal, access);
        // As client-go does: the API has not worked on a request for which it names a time. No number, no repetition.
        request.once("response", ({ statusCode, headers }) => {
          if (statusCode === 429 || statusCode === 503) pauseMs = Math.max(1, Number(headers["retry-after"])) * 1_000;
        });
        answer = await answerTo(request, content, bytes);
        // Of a connection through a proxy only the proxy is known.
        this.answers ||= this.proxy === undefined;
      } while (Date.now() + pauseMs < deadline);
    } catch (error) {
      if (signal.aborted) {
        const message = `${what}: no complete answer from ${this.base} within ${requestMs / 1000} s`;
        throw new HostError(message, undefined, { code: "host-timeout" });
      }
      if (error instanceof HostError) throw error;
      const code = error instanceof CodedError ? error.code : "host-unreachable";
      throw new HostError(messageOf(error), undefined, { cause: error, code, answers: this.answers });
    }
    const { status, body } = answer;
    if (status === 401) this.status = undefined;
    if (status >= 200 && status <= 299) return answer;
    const reported = getIn(parseObject(body), "message");
    throw new HostError(
      typeof reported === "string" && reported !== "" ? reported : `${what} returned ${status}`,
      status,
    );
  }

  private async request(
    method: string,
    path: string,
    { type, accept = "application/json" }: Message,
    content: string | undefined,
    signal: AbortSignal,
    { tls, login }: Access,
  ): Promise<ClientRequest> {
    const url = new URL(`${this.base}${path}`);
    const length = content === undefined ? undefined : Buffer.byteLength(content);
    const headers = {
      accept,
      ...login,
      ...(length !== undefined && { "content-type": type ?? "application/json", "content-length": length }),
    };
    const options = { method, headers, signal };
    if (this.proxy === undefined) {
      const { plain, secure } = this.connections;
      return url.protocol === "https:"
        ? requestSecure(url, { ...options, ...tls, agent: secure })
        : requestPlain(url, { ...options, agent: plain });
    }
    const socket = await this.tunnel(this.proxy, url, tls, signal);
    // Any agent, `false` included, would ignore the connection and open one of its own, without TLS.
    return requestPlain(url, { ...options, protocol: "http:", createConnection: () => socket });
  }

  /** A TLS connection to the host through an HTTP proxy. */
  private async tunnel(proxy: URL, url: URL, tls: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
    const target = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
    const [user, password] = [proxy.username, proxy.password].map(decodeURIComponent);
    const login = user && { "proxy-authorization": `Basic ${base64(`${user}:${password ?? ""}`)}` };
    const headers = { host: target, ...(login || {}) };
    const options: RequestOptions = { method: "CONNECT", path: target, headers, agent: false, signal };
    const sent = (proxy.protocol === "https:" ? requestSecure : requestPlain)(new URL(proxy.origin), options).end();
    sent.on("error", () => undefined); // the request through the tunnel reports what comes later
    const [response, socket] = (await once(sent, "connect")) as [IncomingMessage, Socket];
    if (response.statusCode !== 200) {
      socket.destroy();
      const message = `The proxy ${proxy.host} refuses to connect to ${target} (${response.statusCode ?? 0})`;
      throw new HostError(message, undefined, { code: "host-proxy-refused" });
    }
    const servername = tls.servername ?? (/^[\d.]+$|^\[/.test(url.hostname) ? undefined : url.hostname);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    return connectTls({ ...tls, socket, host, ...(servername !== undefined && { servername }) });
  }

  private async access(): Promise<Access> {
    const { cluster, user } = this.host;
    const plugin = user["exec"];
    const credentials = isPlainObject(plugin) ? { ...user, ...(await this.pluginCredentials(plugin)) } : user;
    const text = (key: string) => (typeof credentials[key] === "string" ? credentials[key] : undefined);
    const tokenFile = text("tokenFile");
    // Read each time: the token of a pod is replaced while it runs.
    const token = text("token") ?? (tokenFile && readCredential("tokenFile", tokenFile).toString().trim());
    const name = text("username");
    const authorization = token ? `Bearer ${token}` : name && `Basic ${base64(`${name}:${text("password") ?? ""}`)}`;
    const servername = cluster["tls-server-name"];
    const groups = credentials["as-groups"];
    return {
      tls: {
        ca: pem(cluster, "certificate-authority"),
        cert: pem(credentials, "client-certificate"),
        key: pem(credentials, "client-key"),
        rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
        ...(typeof servername === "string" && { servername }),
      },
      login: {
        ...(authorization && { authorization }),
        ...(text("as") && { "impersonate-user": text("as") }),
        ...(Array.isArray(groups) && { "impersonate-group": groups.map(String) }),
      },
    };
  }

  /** What the plugin returned, until it expires or the API refuses it. */
  private async pluginCredentials(plugin: JsonObject): Promise<JsonObject> {
    const expired = this.status && Date.parse(String(this.status["expirationTimestamp"])) <= Date.now();
    if (this.status === undefined || expired) {
      // Requests at the same time share one run.
      this.running ??= runPlugin(plugin).finally(() => (this.running = undefined));
      this.status = await this.running;
    }
    return credentialsIn(this.status);
  }
}

/** The proxy that the kubeconfig names. @throws HostError for one that is not supported */
function proxyOf({ cluster, server, origin }: Host): URL | undefined {
  const proxy = cluster["proxy-url"];
  if (typeof proxy !== "string" || proxy === "") return undefined;
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if ((url?.protocol === "http:" || url?.protocol === "https:") && server.startsWith("https:")) return url;
  throw new HostError(
    `The proxy-url of the cluster in ${origin} is not supported. Allowed: an http or https proxy to an https server.`,
    undefined,
    { code: "host-proxy-unsupported" },
  );
}

/**
 * Runs a credential plugin (`client.authentication.k8s.io`, ExecCredential). Neither its arguments nor what it prints
 * become part of an error: both may hold secrets.
 */
async function runPlugin(plugin: JsonObject): Promise<JsonObject> {
  const command = String(plugin["command"]);
  const apiVersion = String(plugin["apiVersion"]);
  const request = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const list = (key: string) => (Array.isArray(plugin[key]) ? (plugin[key] as unknown[]) : []);
  const variables = list("env").filter(isPlainObject);
  const env = {
    ...process.env,
    ...Object.fromEntries(variables.map((one) => [String(one["name"]), String(one["value"])])),
    KUBERNETES_EXEC_INFO: JSON.stringify(request),
  };
  const failed = (reason: string) => new CredentialPluginError(command, reason);
  let stdout;
  try {
    ({ stdout } = await promisify(execFile)(command, list("args").map(String), {
      env,
      timeout: PLUGIN_MS,
      killSignal: "SIGKILL", // Any other signal it may ignore.
    }));
  } catch (error) {
    const { code, killed } = error as { code?: number | string; killed?: boolean };
    if (killed === true) throw failed(`it did not finish within ${PLUGIN_MS / 1000} s`);
    throw failed(code === "ENOENT" ? "command not found" : `exit code ${code ?? "unknown"}`);
  }
  const status = getIn(parseObject(stdout), "status");
  if (!isPlainObject(status)) throw failed("it did not return an ExecCredential with a status");
  return status;
}

/** A status of ExecCredential as keys of a kubeconfig. */
function credentialsIn(status: JsonObject): JsonObject {
  const data = (key: string) => (typeof status[key] === "string" ? base64(status[key]) : undefined);
  return {
    token: status["token"],
    "client-certificate-data": data("clientCertificateData"),
    "client-key-data": data("clientKeyData"),
  };
}

/** A certificate or key, given as data or by a file. */
function pem(entry: JsonObject, key: string): Buffer | undefined {
  const [data, file] = [entry[`${key}-data`], entry[key]];
  if (typeof data === "string") return Buffer.from(data, "base64");
  return typeof file === "string" && file !== "" ? readCredential(key, file) : undefined;
}

/** A file that the kubeconfig names. @throws HostError that has key and path, and nothing of the content */
function readCredential(key: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new HostError(`${key} of the kubeconfig: ${unreadableMessage(file, error)}`, undefined, {
      code: "host-credentials-unreadable",
    });
  }
}

function messageOf(error: unknown): string {
  // The error of several addresses has the messages in its parts only.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
