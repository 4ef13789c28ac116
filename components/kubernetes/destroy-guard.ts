import type { Command } from "@pulumi/command/local";
import type { Namespace } from "@pulumi/kubernetes/core/v1";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";

import { configuredHost } from "../../host/reachable";
import type { NamespaceInput } from "../jobs/check-host";
import type { GuardedRelease } from "../jobs/guard";
import { jobCommand, program } from "../jobs/job";
import { OWN_OBJECT } from "./annotations";

/**
 * Stops a destroy on another host than the environment's before anything that this depends on is deleted.
 *
 * A destroy runs only what is in the state, and the state of an `up` that failed has only what was made until then. So
 * there is one after each part of an environment.
 *
 * @param release Helm's release, where the guard is the last before it goes
 * @param owned paths of what the namespace owns, where the guard is the last before that goes
 */
export function destroyGuard(
  name: string,
  namespace: Namespace,
  opts: CustomResourceOptions,
  release?: GuardedRelease,
  owned?: readonly string[],
): Command {
  const stdin = namespaceInput(namespace).apply((environment) =>
    program("guard", {
      host: configuredHost(),
      environment,
      ...(release !== undefined && { release }),
      ...(owned !== undefined && { owned: { paths: owned, annotations: OWN_OBJECT } }),
    }),
  );
  // No `create`: there is nothing to do before the destroy.
  return jobCommand(name, stdin, { delete: "check-host" }, opts);
}

/** What jobs recognize the environment's host by. */
export function namespaceInput({ metadata }: Namespace): Output<NamespaceInput> {
  return metadata.apply(({ name, uid }) => ({ name, uid }));
}
