import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import { basename } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { promisify } from "node:util";

import { getIn, isPlainObject, type JsonObject } from "../shared/json";
import { findHost, type Host, type HostOptions, serviceAccountHost } from "./kubeconfig";

/** Bounds of one request, whatever the server does. */
export interface Limits {
  /** Longest time from the connection to the last byte of the answer, in milliseconds. */
  readonly requestMs: number;
  /** Largest answer. */
  readonly bytes: number;
}

const LIMITS: Limits = { requestMs: 10_000, bytes: 64 * 1024 * 1024 };
const PLUGIN_MS = 60_000;
/** Objects per page of a list, as kubectl asks for them. */
const PAGE_SIZE = 500;

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
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  readonly managedFields?: readonly {
    readonly manager?: string;
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

export type PatchType =
  "application/apply-patch+yaml" | "application/merge-patch+json" | "application/strategic-merge-patch+json";

/** The host's API did what was not asked of it: an answer other than success, or one that cannot be used. */
export class HostError extends Error {
  constructor(
    message: string,
    /** HTTP status; undefined without an answer. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "HostError";
  }
}

/**
 * The host's API. A path begins with `/api` or `/apis` and may have a query. The type of an answer is the caller's claim
 * about the kind at the path; only that it is a JSON object is checked.
 *
 * Every method @throws HostError with the API's own message for anything but success.
 */
export interface HostClient {
  readonly server: string;
  /** @param accept media types of the answer; must be JSON */
  get<T extends object = JsonObject>(path: string, accept?: string): Promise<T>;
  /** Like {@link get}; undefined where the object or its kind does not exist. */
  find<T extends object = JsonObject>(path: string): Promise<T | undefined>;
  /** The items of a list, of all its pages. */
  list<T extends object = JsonObject>(path: string, accept?: string): Promise<T[]>;
  create<T extends object = JsonObject>(path: string, body: object): Promise<T>;
  replace<T extends object = JsonObject>(path: string, body: object): Promise<T>;
  patch<T extends object = JsonObject>(path: string, body: object, type: PatchType): Promise<T>;
  /** @param options a DeleteOptions, such as `{ preconditions: { uid } }` */
  remove(path: string, options?: object): Promise<void>;
}

/**
 * Connects to the host that the options lead to; in a pod without a kubeconfig, with the pod's service account.
 * Nothing is sent yet.
 *
 * @throws KubeconfigError where no host is configured
 * @throws HostError where the kubeconfig asks for what is not supported
 */
export function connect(options: HostOptions, limits: Partial<Limits> = {}): HostClient {
  return clientOf(findHost(options) ?? serviceAccountHost(options.env), limits);
}

/**
 * A client of a host that was found before.
 *
 * Not by `@kubernetes/client-node`: loading it takes 0.4 s of every preview, and the jobs in the state would need it at
 * every destroy. These are the ways to log in that client-go knows beside its old `auth-provider`.
 */
export function clientOf(host: Host, limits: Partial<Limits> = {}): HostClient {
  const connection = new Connection(host, { ...LIMITS, ...limits });
  const send = <T>(method: string, path: string, options: Message = {}) =>
    connection.send(method, path, options) as Promise<T>;
  const client: HostClient = {
    server: host.server,
    get: (path, accept) => send("GET", path, { accept }),
    async find<T extends object>(path: string) {
      try {
        return await client.get<T>(path);
      } catch (error) {
        if (error instanceof HostError && error.status === 404) return undefined;
        throw error;
      }
    },
    async list<T extends object>(path: string, accept?: string) {
      const items: T[] = [];
      for (let next: string | undefined = ""; next !== undefined;) {
        const query = `limit=${PAGE_SIZE}${next === "" ? "" : `&continue=${encodeURIComponent(next)}`}`;
        const page: { items?: T[] | null; metadata?: { continue?: string } } = await client.get(
          `${path}${path.includes("?") ? "&" : "?"}${query}`,
          accept,
        );
        items.push(...(page.items ?? []));
        next = page.metadata?.continue === "" ? undefined : page.metadata?.continue;
      }
      return items;
    },
    create: (path, body) => send("POST", path, { body }),
    replace: (path, body) => send("PUT", path, { body }),
    patch: (path, body, type) => send("PATCH", path, { body, type }),
    remove: (path, body) => send("DELETE", path, { body }),
  };
  return client;
}

interface Message {
  readonly body?: object | undefined;
  readonly type?: PatchType;
  readonly accept?: string | undefined;
}

class Connection {
  private readonly base: string;
  private readonly proxy: URL | undefined;
  /** What the credential plugin returned. */
  private status: JsonObject | undefined;
  private running: Promise<JsonObject> | undefined;

  constructor(
    private readonly host: Host,
    private readonly limits: Limits,
  ) {
    this.base = host.server.replace(/\/+$/, "");
    this.proxy = proxyOf(host);
    if (host.user["auth-provider"] !== undefined) {
      throw new HostError(
        `The user in ${host.origin} logs in with "auth-provider", which is not supported. ` +
          "Fix: use a credential plugin (exec), a token or a client certificate.",
      );
    }
  }

  async send(method: string, path: string, message: Message): Promise<JsonObject> {
    const what = `${method} ${path.replace(/\?.*/, "")}`;
    // Not a part of the request's time: a plugin may wait for a person to log in.
    const { options, authorization } = await this.access();
    const { status, text } = await this.exchange(what, method, path, message, options, authorization);
    if (status === 401) this.status = undefined;
    const answer = parse(text);
    if (status < 200 || status > 299) {
      const said = getIn(answer, "message");
      throw new HostError(typeof said === "string" && said !== "" ? said : `${what} returned ${status}`, status);
    }
    if (answer === undefined) throw new HostError(`${what} did not return a JSON object`, status);
    return answer;
  }

  private async exchange(
    what: string,
    method: string,
    path: string,
    { body, type, accept = "application/json" }: Message,
    tls: ConnectionOptions,
    login: Readonly<Record<string, string | string[]>>,
  ): Promise<{ status: number; text: string }> {
    const { requestMs, bytes } = this.limits;
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort(new HostError(`${what}: no complete answer from ${this.base} within ${requestMs / 1000} s`));
    }, requestMs);
    try {
      const url = new URL(`${this.base}${path}`);
      const content = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        accept,
        ...login,
        ...(content !== undefined && {
          "content-type": type ?? "application/json",
          "content-length": Buffer.byteLength(content),
        }),
      };
      const direct = { method, headers, signal: limit.signal };
      const options = { ...direct, agent: false as const };
      const secure = url.protocol === "https:";
      let sent: ClientRequest;
      if (this.proxy === undefined)
        sent = secure ? requestSecure(url, { ...options, ...tls }) : requestPlain(url, options);
      else {
        const socket = await this.tunnel(this.proxy, url, tls, limit.signal);
        // Any agent, `false` included, would ignore the connection and open one of its own, without TLS.
        sent = requestPlain(url, { ...direct, protocol: "http:", createConnection: () => socket });
      }
      return await answerOf(sent, content, bytes, what);
    } catch (error) {
      if (limit.signal.aborted) throw limit.signal.reason;
      throw error instanceof HostError ? error : new HostError(messageOf(error), undefined, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** A TLS connection to the host through an HTTP proxy. */
  private async tunnel(proxy: URL, url: URL, tls: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
    const target = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
    const user = decodeURIComponent(proxy.username);
    const headers = {
      host: target,
      ...(user !== "" && {
        "proxy-authorization": `Basic ${base64(`${user}:${decodeURIComponent(proxy.password)}`)}`,
      }),
    };
    const options: RequestOptions = { method: "CONNECT", path: target, headers, agent: false, signal };
    const bare = new URL(proxy.origin);
    const sent = proxy.protocol === "https:" ? requestSecure(bare, options) : requestPlain(bare, options);
    const socket = await new Promise<Socket>((resolve, reject) => {
      sent.once("connect", (response: IncomingMessage, connected: Socket) => {
        if (response.statusCode === 200) resolve(connected);
        else {
          connected.destroy();
          reject(
            new HostError(`The proxy ${proxy.host} refuses to connect to ${target} (${response.statusCode ?? 0})`),
          );
        }
      });
      sent.once("error", reject).end();
    });
    const servername = tls.servername ?? (/^[\d.]+$|^\[/.test(url.hostname) ? undefined : url.hostname);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    return connectTls({ ...tls, socket, host, ...(servername !== undefined && { servername }) });
  }

  private async access(): Promise<{ options: ConnectionOptions; authorization: Record<string, string | string[]> }> {
    const { cluster, user } = this.host;
    const credentials = isPlainObject(user["exec"])
      ? { ...user, ...(await this.pluginCredentials(user["exec"])) }
      : user;
    const text = (key: string) => (typeof credentials[key] === "string" ? credentials[key] : undefined);
    const tokenFile = text("tokenFile");
    // Read each time: the token of a pod is replaced while it runs.
    const token = text("token") ?? (tokenFile && readFileSync(tokenFile, "utf8").trim());
    const name = text("username");
    const authorization = token ? `Bearer ${token}` : name && `Basic ${base64(`${name}:${text("password") ?? ""}`)}`;
    const servername = cluster["tls-server-name"];
    const groups = credentials["as-groups"];
    return {
      options: {
        ca: pem(cluster, "certificate-authority"),
        cert: pem(credentials, "client-certificate"),
        key: pem(credentials, "client-key"),
        rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
        ...(typeof servername === "string" && { servername }),
      },
      authorization: {
        ...(authorization && { authorization }),
        ...(text("as") && { "impersonate-user": text("as") ?? "" }),
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

function answerOf(
  sent: ClientRequest,
  content: string | undefined,
  bytes: number,
  what: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= bytes) chunks.push(chunk);
        else {
          reject(new HostError(`${what} returned more than ${bytes} bytes`));
          sent.destroy();
        }
      });
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    sent.end(content);
  });
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
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
  const variables = (Array.isArray(plugin["env"]) ? (plugin["env"] as unknown[]) : []).filter(isPlainObject);
  const env = Object.fromEntries(variables.map((one) => [String(one["name"]), String(one["value"])]));
  const failed = (reason: string) => new HostError(`The credential plugin ${basename(command)} failed: ${reason}`);
  let stdout;
  try {
    ({ stdout } = await promisify(execFile)(command, Array.isArray(plugin["args"]) ? plugin["args"].map(String) : [], {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(request) },
      timeout: PLUGIN_MS,
    }));
  } catch (error) {
    const { code, killed } = error as { code?: number | string; killed?: boolean };
    if (killed === true) throw failed(`it did not finish within ${PLUGIN_MS / 1000} s`);
    throw failed(code === "ENOENT" ? "command not found" : `exit code ${code ?? "unknown"}`);
  }
  const status = getIn(parse(stdout), "status");
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
  return typeof file === "string" && file !== "" ? readFileSync(file) : undefined;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
