import * as fs from "node:fs";

import type { KubeConfig } from "@kubernetes/client-node";

import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import { readConfig } from "./pulumi";
import type { StackAccess } from "./target";

/**
 * The host cluster as the stack's Kubernetes provider finds it: by its keys `kubernetes:kubeconfig` and
 * `kubernetes:context`, else as kubectl would.
 */
export async function hostConfig({ stack, env, configFile }: Target): Promise<KubeConfig> {
  // Costs a second to load: only for those who need it.
  const client = await import("@kubernetes/client-node");
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  const text = await run("pulumi", ["config", "--json", "--show-secrets", "--stack", stack, ...file], {
    cwd: checkoutDir,
    env,
  });
  const keys = JSON.parse(text) as Record<string, { value?: string } | undefined>;
  const kubeconfig = keys["kubernetes:kubeconfig"]?.value;
  const context = keys["kubernetes:context"]?.value;
  const config = new client.KubeConfig();
  if (kubeconfig === undefined) loadDefault(config, env);
  else if (fs.existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
  else config.loadFromString(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** A client for the host's own kinds. */
export async function hostOf(target: Target) {
  const config = await hostConfig(target);
  const { CoreV1Api } = await import("@kubernetes/client-node");
  return config.makeApiClient(CoreV1Api);
}

function loadDefault(config: KubeConfig, env: Record<string, string>): void {
  if (env["KUBECONFIG"] === undefined) config.loadFromDefault();
  else config.loadFromFile(env["KUBECONFIG"]);
}
