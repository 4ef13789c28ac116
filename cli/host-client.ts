import { connect, type HostClient } from "../host/client";
import { readConfig } from "./pulumi";
import type { StackAccess } from "./target";

/** Slower than a preview may be: an aggregated API or a large list takes its time. */
const REQUEST_MS = 30_000;

/**
 * Connects to the host cluster that the stack's Kubernetes provider uses: selected by `kubernetes:kubeconfig`,
 * `kubernetes:context` and `kubernetes:cluster`, otherwise as kubectl does.
 */
export function connectHost({ env }: StackAccess, config: Awaited<ReturnType<typeof readConfig>>): HostClient {
  return connect(
    {
      kubeconfig: config["kubernetes:kubeconfig"],
      context: config["kubernetes:context"],
      cluster: config["kubernetes:cluster"],
      env: { ...process.env, ...env },
    },
    { requestMs: REQUEST_MS },
  );
}

/** Like {@link connectHost}, with the stack's configuration read first. */
export async function hostOf(target: StackAccess): Promise<HostClient> {
  return connectHost(target, await readConfig(target));
}
