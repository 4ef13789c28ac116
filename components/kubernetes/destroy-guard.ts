import type { Command } from "@pulumi/command/local";
import type { Namespace } from "@pulumi/kubernetes/core/v1";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";

import { configuredHost } from "../../host/reachable";
import type { NamespaceInput } from "../jobs/check-host";
import type { GuardedRelease } from "../jobs/guard";
import { jobCommand, program } from "../jobs/job";

/**
 * Stops a destroy on another host than the environment's before anything that this depends on is deleted.
 *
 * A destroy runs only what is in the state, and the state of an `up` that failed has only what was made until then. So
 * there is one after each part of an environment.
 *
 * @param release Helm's release, where the guard is the last before it goes
 */
export function destroyGuard(
  name: string,
  namespace: Namespace,
  opts: CustomResourceOptions,
  release?: GuardedRelease,
): Command {
  const stdin = namespaceInput(namespace).apply((environment) =>
    program("guard", { host: configuredHost(), environment, ...(release !== undefined && { release }) }),
  );
  // No `create`: there is nothing to do before the destroy.
  return jobCommand(name, stdin, { delete: "check-host" }, opts);
}

/** What jobs recognize the environment's host by. */
export function namespaceInput({ metadata }: Namespace): Output<NamespaceInput> {
  return metadata.apply(({ name, uid }) => ({ name, uid }));
}
