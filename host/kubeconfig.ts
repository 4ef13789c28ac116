import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { load } from "js-yaml";

import { getIn, isPlainObject, type JsonObject } from "../shared/json";

/** Where the Kubernetes provider is told to find the host: the `kubernetes:` keys of the stack and the environment. */
export interface HostOptions {
  /** Path or content of a kubeconfig. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** The host cluster that the options lead to. */
export interface Host {
  readonly server: string;
  /** The context and the files it was found in, for messages. */
  readonly origin: string;
  /** True when connections go through a proxy that the kubeconfig names. */
  readonly proxied: boolean;
  /** The entries of the cluster and of its user as the kubeconfig has them, the paths of files absolute. */
  readonly cluster: JsonObject;
  readonly user: JsonObject;
  /** True where it has answered already: see `isTransient`. */
  readonly answers?: boolean;
}

/**
 * No host can be found. Not a UserError: that one needs the Pulumi SDK, which the jobs in the state do without.
 */
export class KubeconfigError extends Error {}

/** The provider would ask for a user name and a password, and wait for ever: it reports nothing, unlike of all others. */
export class MissingCredentialsError extends KubeconfigError {}

const CHOOSE =
  "set KUBECONFIG, or one of `pulumi config set kubernetes:kubeconfig <path>` and `kubernetes:context <name>`";

/**
 * Finds the host as client-go does: the given kubeconfig, else the files in KUBECONFIG, else `~/.kube/config`.
 * Undefined inside a cluster without a kubeconfig, where the provider uses the pod's own account.
 *
 * @throws KubeconfigError with what is missing, what is there, and what to do
 * @throws MissingCredentialsError where the provider would wait at a prompt for credentials
 */
export function findHost(options: HostOptions): Host | undefined {
  const { origin, configs, prompting } = read(options);
  const found = configs.filter((config) => Object.keys(config).length > 0);
  if (found.length === 0) {
    if (options.env["KUBERNETES_SERVICE_HOST"] !== undefined) return undefined;
    throw new KubeconfigError(
      `No host cluster is configured: ${origin} has no kubeconfig. Fix: ${CHOOSE}. [host-not-configured]`,
    );
  }

  const isName = (value: unknown): value is string => typeof value === "string" && value !== "";
  const name = options.context ?? found.map((config) => config["current-context"]).find(isName);
  const contexts = named(found, "contexts");
  const context = name === undefined ? undefined : contexts.get(name);
  if (context === undefined) {
    const problem =
      name === undefined ? `${origin} has no current context` : `there is no context "${name}" in ${origin}`;
    const known = [...contexts.keys()].map((key) => `"${key}"`).join(", ") || "none";
    const fix = "`pulumi config set kubernetes:context <name>`";
    throw noHost("host-context-missing", `${problem}. Contexts there: ${known}`, fix);
  }

  const cluster = options.cluster ?? String(getIn(context, "context", "cluster"));
  const entry = named(found, "clusters").get(cluster);
  const server = getIn(entry, "cluster", "server");
  if (typeof server !== "string" || !URL.canParse(server)) {
    throw noHost("host-server-missing", `cluster "${cluster}" in ${origin} has no server URL`);
  }
  const userName = getIn(context, "context", "user");
  const entryOfUser = getIn(named(found, "users").get(String(userName)), "user");
  const user = isPlainObject(entryOfUser) ? entryOfUser : {};
  if (prompting && server.startsWith("https:") && !hasCredentials(user)) {
    throw new MissingCredentialsError(
      `No host cluster: user "${isName(userName) ? userName : ""}" of context "${name ?? ""}" in ${origin} has no ` +
        "credentials, and the Kubernetes provider would wait at a prompt for a user name. Allowed: a client " +
        "certificate, token, tokenFile that is not empty, exec, auth-provider or username. " +
        `Fix: add one of them to the user, or ${CHOOSE}. [host-credentials]`,
    );
  }
  return {
    server,
    origin: `context "${name ?? ""}" of ${origin}`,
    proxied: getIn(entry, "cluster", "proxy-url") !== undefined,
    cluster: getIn(entry, "cluster") as JsonObject,
    user,
  };
}

/**
 * Whether client-go asks for no credentials, as its `canIdentifyUser` decides (tools/clientcmd/client_config.go): a
 * password alone is none, and an empty token file neither. Files that are missing it reports itself.
 */
function hasCredentials(user: JsonObject): boolean {
  const { tokenFile } = user;
  if (typeof tokenFile === "string" && tokenFile !== "") {
    const size = () => statSync(tokenFile, NO_THROW)?.size;
    // Not missing, but in a folder that this user may not enter, for example.
    if (readable("host-credentials-unreadable", "tokenFile", tokenFile, size) !== 0) return true;
  }
  const keys = ["client-certificate", "client-certificate-data", "token", "username", "exec", "auth-provider"];
  return keys.some((key) => ![undefined, null, ""].includes(user[key] as string));
}

const NO_THROW = { throwIfNoEntry: false } as const;

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The cluster that this pod runs in, with the pod's own account. */
export function serviceAccountHost(env: NodeJS.ProcessEnv, directory = SERVICE_ACCOUNT): Host {
  const [host = "", port = "443"] = [env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]];
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    origin: "the service account of this pod",
    proxied: false,
    cluster: { "certificate-authority": join(directory, "ca.crt") },
    user: { tokenFile: join(directory, "token") },
  };
}

/** What was read, and whether the provider prompts where a user in it has no credentials. */
interface Kubeconfigs {
  readonly origin: string;
  readonly configs: JsonObject[];
  readonly prompting: boolean;
}

/** The kubeconfigs in the order of their precedence. Those that do not exist are left out, as client-go does. */
function read({ kubeconfig, env }: HostOptions): Kubeconfigs {
  if (kubeconfig !== undefined && kubeconfig !== "") {
    // The provider loads it without a reader for credentials, and connects as an anonymous user.
    const prompting = false;
    if (existsSync(kubeconfig)) return { origin: kubeconfig, configs: [parseFile(kubeconfig)], prompting };
    const origin = "kubernetes:kubeconfig";
    return { origin, configs: [parse(kubeconfig, origin)], prompting };
  }
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const paths = listed.length > 0 ? listed : [join(env["HOME"] ?? homedir(), ".kube", "config")];
  const origin = listed.length > 0 ? `KUBECONFIG (${listed.join(delimiter)})` : (paths[0] ?? "");
  return { origin, configs: paths.filter((path) => existsSync(path)).map(parseFile), prompting: true };
}

/** Paths in a kubeconfig count from the folder that it is in. */
const PATHS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function parseFile(path: string): JsonObject {
  const text = readable("kubeconfig-unreadable", "kubeconfig", path, () => readFileSync(path, "utf8"));
  const config = parse(text, path);
  const entries = [...list(config, "clusters"), ...list(config, "users")];
  for (const part of entries.flatMap(({ cluster, user }) => [cluster, user]).filter(isPlainObject)) {
    for (const key of PATHS) {
      const file = part[key];
      if (typeof file === "string" && file !== "") part[key] = resolve(dirname(path), file);
    }
  }
  return config;
}

function parse(text: string, origin: string): JsonObject {
  let content: unknown;
  try {
    content = load(text);
  } catch {
    // The parser's own message would quote the text, which may hold keys.
    content = "";
  }
  if (content === undefined || content === null) return {};
  if (isPlainObject(content)) return content;
  throw noHost("kubeconfig-invalid", `${origin} is not a kubeconfig`);
}

function noHost(code: string, problem: string, fix = "correct it"): KubeconfigError {
  return new KubeconfigError(`No host cluster: ${problem}. Fix: ${fix}, or ${CHOOSE}. [${code}]`);
}

/** Reads a file, or a property of it, for {@link findHost}. */
function readable<T>(code: string, key: string, path: string, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    throw noHost(code, `${key}: ${unreadableMessage(path, error)}`, "let this user read it");
  }
}

/** That a file cannot be read, with the system's code: `the file "a" cannot be read (EACCES)`. */
export function unreadableMessage(path: string, error: unknown): string {
  return `the file "${path}" cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`;
}

/** Entries of a list by their names; the first of two equal names counts. */
function named(configs: readonly JsonObject[], key: "clusters" | "contexts" | "users"): Map<string, JsonObject> {
  const entries = configs.flatMap((config) => list(config, key));
  return new Map(entries.reverse().map((entry) => [String(entry["name"]), entry]));
}

function list(config: JsonObject, key: string): JsonObject[] {
  return Array.isArray(config[key]) ? (config[key] as unknown[]).filter(isPlainObject) : [];
}
