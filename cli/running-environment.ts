import * as fs from "node:fs";

import { applicationName, environmentNames, type Names } from "../components/names";
import type { HostClient, Secret } from "../host/client";
import { runningVersions, type Versions } from "../preflight/upgrades";
import { fromBase64 } from "../shared/base64";
import { CodedError } from "../shared/coded";
import { getIn, isPlainObject, type JsonObject, merge } from "../shared/json";
import { ARGOCD_SECRET_TYPE } from "../shared/kubernetes";
import { hostOf } from "./host-client";
import { readState } from "./state";
import { ownNamespaces } from "./own-host";
import { readConfig, readOutputs } from "./pulumi";
import type { StackAccess } from "./target";

/** A running environment and its host. */
export interface Environment {
  readonly names: Names;
  readonly host: HostClient;
  /** The stack's output. Secret. */
  readonly kubeconfig: string;
  /** False where it is not registered with Argo CD. */
  readonly registered: boolean;
  /** True where `readiness.enabled` is false: this machine need not reach the API. */
  readonly unchecked?: boolean;
  /** Names of its Applications in Argo CD that `up` waits for. */
  readonly applications?: readonly string[];
}

/**
 * Finds an environment by its stack's configuration and outputs. Needs `pulumi`, but no kubectl.
 *
 * @throws Error where the stack has no environment, or one with other names than it is configured to have
 * @throws Error where the host is another one: an environment of the same name there is not the stack's
 */
export async function findEnvironment(target: StackAccess): Promise<Environment> {
  const { stack } = target;
  const [config, outputs] = [await readConfig(target), await readOutputs(target)];
  const text = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const [namespace, apiUrl, kubeconfig] = [text("namespace"), text("apiUrl"), text("kubeconfig")];
  if (namespace === undefined || apiUrl === undefined || kubeconfig === undefined) {
    throw new Error(`Stack ${stack} has no environment: outputs are missing. Fix: \`pulumi up --stack ${stack}\`.`);
  }
  const overlay = readOverlay();
  const setting = (key: string) => overlay[key] ?? config[`vcluster-environments:${key}`] ?? "";
  const environment = setting("environment") || stack;
  const names = environmentNames(environment, setting("domain"), portOf(apiUrl));
  if (names.namespace !== namespace || names.apiUrl !== apiUrl) {
    throw new Error(
      `Stack ${stack} runs an environment in namespace ${namespace} with API ${apiUrl}, but its configuration names ` +
        `${names.namespace} and ${names.apiUrl}. Fix: \`pulumi up --stack ${stack}\`, or restore the configuration.`,
    );
  }
  const host = await hostOf(target, config);
  if (!(await ownNamespaces(host, stack, await readState(target))).includes(namespace)) {
    throw new CodedError(
      `The host at ${host.server} has no namespace ${namespace} of the stack ${stack}: it is another host, or the namespace ` +
        `was deleted by hand. Fix: choose the host of the stack by KUBECONFIG or kubernetes:context; on the right host, ` +
        `\`pulumi up --stack ${stack}\`.`,
      "host-lacks-namespace",
    );
  }
  return {
    names,
    host,
    kubeconfig,
    registered: text("argocdCluster") !== undefined,
    unchecked: getIn(objectSetting(config, "readiness"), "enabled") === false,
    applications: awaited(environment, objectSetting(config, "applications")),
  };
}

/** Whether a destroy leaves the environment's namespace, by the configuration. */
export function retains(config: Config): boolean {
  return getIn(objectSetting(config, "persistence"), "retain") === true;
}

type Config = Awaited<ReturnType<typeof readConfig>>;

function objectSetting(config: Config, key: string): unknown {
  const stack = JSON.parse(config[`vcluster-environments:${key}`] || "{}") as unknown;
  const { [key]: overlay } = readOverlay() as JsonObject;
  return merge({ [key]: stack }, overlay === undefined ? {} : { [key]: overlay })[key];
}

/** Of the key `applications` those that `up` waits for. */
export function awaited(environment: string, applications: unknown): string[] {
  if (!isPlainObject(applications)) return [];
  return Object.entries(applications)
    .filter(([, one]) => (getIn(one, "wait") ?? getIn(one, "sync", "automated")) !== false)
    .map(([key]) => applicationName(key, environment));
}

/** What Argo CD has of an environment. */
export interface Registration {
  /** Argo CD's own. */
  readonly namespace: string;
  readonly token: string;
  /** PEM in base64. */
  readonly caCertificate: string;
}

/**
 * Argo CD's Secret of the environment; by label, because only the stack's configuration has Argo CD's namespace.
 *
 * @throws Error where there is none
 */
export async function findRegistration({ host, names }: Pick<Environment, "host" | "names">): Promise<Registration> {
  const query = new URLSearchParams({
    labelSelector: `${ARGOCD_SECRET_TYPE}=cluster`,
    fieldSelector: `metadata.name=${names.argocdCluster}`,
  });
  const items = await host.list<Secret>(`/api/v1/secrets?${query.toString()}`);
  const found = items.find(({ data }) => fromBase64(data?.["server"]) === names.inClusterUrl);
  if (found === undefined) throw new Error(`Argo CD has no cluster ${names.argocdCluster}`);
  const config: unknown = JSON.parse(fromBase64(found.data?.["config"]));
  return {
    namespace: found.metadata?.namespace ?? "",
    token: String(getIn(config, "bearerToken")),
    caCertificate: String(getIn(config, "tlsClientConfig", "caData")),
  };
}

function portOf(url: string): number | undefined {
  const { port } = new URL(url);
  return port === "" ? undefined : Number(port);
}

/** Versions that the environment's control plane has, as far as they can be read. */
export async function versionsOf({ host, names }: Pick<Environment, "host" | "names">): Promise<Versions> {
  const path = `/apis/apps/v1/namespaces/${names.namespace}/statefulsets/${names.release}`;
  const statefulSet = await host.find(path).catch(() => undefined);
  return runningVersions({ statefulSet });
}

/** Settings of the host that are merged over the stack's configuration, see `readConfig` in config.ts. */
export function readOverlay(): Record<string, string | undefined> {
  const file = process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"];
  return file ? (JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string | undefined>) : {};
}
