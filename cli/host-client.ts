import { connect, type HostClient } from "../host/client";
import type { HostOptions } from "../host/kubeconfig";
import { readConfig } from "./pulumi";
import { HOST_KEYS, type StackAccess } from "./target";

/** Slower than a preview may be: an aggregated API or a large list takes its time. */
const REQUEST_MS = 30_000;

/**
 * Connects to the host cluster that the stack's Kubernetes provider uses: selected by `kubernetes:kubeconfig`,
 * `kubernetes:context` and `kubernetes:cluster`, otherwise as kubectl does.
 *
 * @param config the stack's configuration, where it was read before
 * @param as user to act as, where the one of the kubeconfig may impersonate
 */
export async function hostOf(
  target: StackAccess,
  config?: Awaited<ReturnType<typeof readConfig>>,
  as?: string,
): Promise<HostClient> {
  return connect(await hostOptions(target, config), { requestMs: REQUEST_MS }, as);
}

/** Where the stack's host is found. */
export async function hostOptions(
  target: StackAccess,
  config?: Awaited<ReturnType<typeof readConfig>>,
): Promise<HostOptions> {
  const values = config ?? (await readConfig(target));
  const [kubeconfig, context, cluster] = HOST_KEYS.map((key) => values[key]);
  return { kubeconfig, context, cluster, env: process.env };
}
