import type { HostClient } from "../host/client";
import { clearInterrupted } from "../preflight/interrupted";
import { fileBackend, refuseWhileLocked, removeTornAttributes } from "./file-backend";
import { hostOf } from "./host-client";
import { ownNamespaces } from "./own-host";
import { askPulumi } from "./pulumi";
import { readState, type State } from "./state";
import type { StackAccess } from "./target";

/**
 * Clears what a killed run of Pulumi leaves, on any backend and host: its lock on the stack, half of a file beside the
 * state, and Helm releases that stay pending. `pulumi up --refresh` then brings the stack to its configuration.
 *
 * Requires that no other run works on the stack. One on this machine is detected, where the state is in files.
 *
 * @throws Error while the run that holds the lock is alive
 * @throws ConfigurationError on another host than the state's, before anything there is changed or the state is refreshed
 */
export async function recover(target: StackAccess): Promise<void> {
  const { stack } = target;
  const { url = "" } = JSON.parse(await askPulumi("whoami", "--json")) as { url?: string };
  const backend = fileBackend(url);
  if (backend !== undefined) {
    refuseWhileLocked(backend, stack);
    removeTornAttributes(backend);
  }
  // Fails where there is nothing to cancel. Any other failure repeats in the next command.
  await askPulumi("cancel", "--yes", "--stack", stack).catch(() => "");

  const state = await readState(target);
  if ((state.deployment?.resources ?? []).length === 0) return;
  const host = await hostOf(target);
  await clearReleases(host, stack, state);
}

/**
 * Clears Helm's records of releases in the state's own namespaces. Of a namespace that was deleted and made again by hand, the
 * update decides.
 */
export async function clearReleases(host: HostClient, stack: string, state: State): Promise<void> {
  const own = await ownNamespaces(host, stack, state);
  for (const { name, namespace } of releasesOf(state)) {
    if (own.includes(namespace)) await clearInterrupted(host, { namespace, release: name });
  }
}

/** Helm releases that the stack has or was creating, for any name of its environment. */
export function releasesOf({ deployment = {} }: State): { name: string; namespace: string }[] {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const found = [...resources, ...pending.map(({ resource }) => resource)]
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .map(({ inputs = {} }) => ({ name: String(inputs["name"]), namespace: String(inputs["namespace"]) }));
  return [...new Map(found.map((release) => [`${release.namespace}/${release.name}`, release])).values()];
}
