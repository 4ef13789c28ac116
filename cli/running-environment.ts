import * as fs from "node:fs";

import { environmentNames, type Names } from "../components/names";
import type { HostClient } from "../host/client";
import { connectHost } from "./host-client";
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
}

/**
 * Finds an environment by its stack's configuration and outputs. Needs `pulumi`, but no kubectl.
 *
 * @throws Error where the stack has no environment, or one with other names than it is configured to have
 */
export async function findEnvironment(target: StackAccess): Promise<Environment> {
  const { stack } = target;
  const [config, outputs] = [await readConfig(target), await readOutputs(target)];
  const text = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const [namespace, apiUrl, kubeconfig] = [text("namespace"), text("apiUrl"), text("kubeconfig")];
  if (namespace === undefined || apiUrl === undefined || kubeconfig === undefined) {
    throw new Error(`Stack ${stack} has no environment: outputs are missing. Fix: \`pulumi up --stack ${stack}\`.`);
  }
  const overlay = readOverlay({ ...process.env, ...target.env });
  const setting = (key: string) => overlay[key] ?? config[`vcluster-environments:${key}`] ?? "";
  const names = environmentNames(setting("environment") || stack, setting("domain"));
  if (names.namespace !== namespace || names.apiUrl !== apiUrl) {
    throw new Error(
      `Stack ${stack} runs an environment in namespace ${namespace} with API ${apiUrl}, but its configuration names ` +
        `${names.namespace} and ${names.apiUrl}. Fix: \`pulumi up --stack ${stack}\`, or restore the configuration.`,
    );
  }
  return { names, host: connectHost(target, config), kubeconfig, registered: text("argocdCluster") !== undefined };
}

/** Settings of the host that are merged over the stack's configuration, see `readConfig` in config.ts. */
function readOverlay(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const file = env["VCLUSTER_ENVIRONMENTS_OVERLAY"];
  return file ? (JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string | undefined>) : {};
}
