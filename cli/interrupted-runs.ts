import { clearInterrupted } from "../preflight/interrupted";
import { fileBackend, refuseWhileLocked, removeTornAttributes } from "./file-backend";
import { hostOf } from "./host-client";
import { askPulumi } from "./pulumi";
import type { StackAccess } from "./target";

/**
 * Clears what a killed run of Pulumi leaves, on any backend and host: its lock on the stack, half of a file beside the
 * state, and Helm releases that stay pending. `pulumi up --refresh` then brings the stack to its configuration.
 *
 * Requires that no other run works on the stack. One on this machine is detected, where the state is in files.
 *
 * @throws Error while the run that holds the lock is alive
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

  const state = JSON.parse(await askPulumi("stack", "export", "--stack", stack)) as State;
  const releases = releasesOf(state);
  if (releases.length === 0) return;
  const host = await hostOf(target);
  for (const { name, namespace } of releases) {
    await clearInterrupted(host, { namespace, release: name });
  }
}

/** The part of an exported stack that is read. */
export interface State {
  deployment?: {
    resources?: Resource[];
    /** What a run was doing when it was killed. */
    pending_operations?: { resource: Resource }[];
  };
}
export interface Resource {
  type: string;
  urn?: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** Read from the host, not created. */
  external?: boolean;
  retainOnDelete?: boolean;
}

/** Helm releases that the stack has or was creating, for any name of its environment. */
export function releasesOf({ deployment = {} }: State): { name: string; namespace: string }[] {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const found = [...resources, ...pending.map(({ resource }) => resource)]
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .map(({ inputs = {} }) => ({ name: String(inputs["name"]), namespace: String(inputs["namespace"]) }));
  return [...new Map(found.map((release) => [`${release.namespace}/${release.name}`, release])).values()];
}
