import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { load } from "js-yaml";

import { findHost, MissingCredentialsError } from "../host/kubeconfig";
import { buildAll } from "../local/build";
import { isUp, NOT_UP } from "../local/host";
import { localEnv, openStack } from "../local/pulumi-backend";
import { kubeconfig } from "../local/settings";
import { missingToolchain, pathWith } from "../local/toolchain";
import { checkoutDir } from "../shared/checkout";
import { getIn, isPlainObject } from "../shared/json";
import { readOrEmpty } from "../shared/processes";

/** A stack, and how Pulumi is called for it, with the environment variables of this process. */
export interface StackAccess {
  readonly stack: string;
  /** Stack file to use in place of the one in the checkout. */
  readonly configFile?: string | undefined;
}

/** The stack that a command works on, resolved once per run. */
export interface Target extends StackAccess {
  /** Name of the environment that the stack declares. */
  readonly environment: string;
  /** Where the user has configured an existing host cluster; undefined for the local host. */
  readonly existingCluster: string | undefined;
}

/**
 * Resolves a stack on either kind of host, and sets the environment variables of this process accordingly.
 *
 * @param startLocalHost called first where the stack has the local host. Default: fails unless that host is up.
 */
export async function resolveTarget(stack = "dev", startLocalHost = requireLocalHost): Promise<Target> {
  const file = path.join(checkoutDir, `Pulumi.${stack}.yaml`);
  const content = readOrEmpty(file);
  const target = {
    stack,
    environment: environmentName(stack, content),
    existingCluster: existingCluster(file, content),
  };
  if (target.existingCluster === undefined) {
    await startLocalHost();
    Object.assign(process.env, await localEnv());
    return { ...target, configFile: await openStack(stack) };
  }
  requireCredentials(content);
  // Pulumi as the user has set it up, added to PATH only where it is missing.
  await buildAll(missingToolchain());
  process.env["PATH"] = await pathWith({ withHost: false });
  return target;
}

/** Stack configuration that selects the host cluster. */
export const HOST_KEYS = ["kubernetes:kubeconfig", "kubernetes:context", "kubernetes:cluster"];

/**
 * Before Pulumi: it refreshes a stack before it runs the program, and the Kubernetes provider would wait at a prompt.
 *
 * @param content content of the stack file
 * @throws MissingCredentialsError
 */
export function requireCredentials(content: string, env = process.env): void {
  const config = getIn(load(content), "config");
  // What is secret here, or wrong in another way, the program finds.
  const [given, context, cluster] = HOST_KEYS.map((key) => getIn(config, key) as string | undefined);
  if (given !== undefined) return;
  try {
    findHost({ context, cluster, env });
  } catch (error) {
    if (error instanceof MissingCredentialsError) throw error;
  }
}

async function requireLocalHost(): Promise<void> {
  if (!(await isUp())) throw new Error(NOT_UP);
}

/**
 * Where the user has configured a host cluster: KUBECONFIG, the stack file or `~/.kube/config`. Undefined when the
 * local host is to be used.
 *
 * @param content content of the stack file; empty where there is none
 */
export function existingCluster(stackFile: string, content: string, env = process.env): string | undefined {
  const configured = env["KUBECONFIG"];
  if (configured) return configured === kubeconfig ? undefined : `KUBECONFIG=${configured}`;
  const config = getIn(load(content), "config");
  if (isPlainObject(config) && HOST_KEYS.some((key) => Object.hasOwn(config, key))) return stackFile;
  const standard = path.join(env["HOME"] ?? os.homedir(), ".kube", "config");
  return fs.existsSync(standard) ? standard : undefined;
}

/**
 * Name of the environment that a stack file declares.
 *
 * @param content content of the stack file; empty where there is none
 */
export function environmentName(stack: string, content: string): string {
  const name = getIn(load(content), "config", "vcluster-environments:environment");
  return typeof name === "string" && name !== "" ? name : stack;
}
