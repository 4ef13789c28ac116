import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

import { clearInterrupted } from "../preflight/interrupted";
import { checkoutDir } from "../shared/checkout";
import { readOrEmpty } from "../shared/processes";
import { hostOf } from "./host-client";
import { askPulumi } from "./pulumi";
import type { StackAccess } from "./target";

/**
 * Clears what a killed run of Pulumi leaves, on any backend and host: its lock on the stack, and Helm releases that
 * stay pending. `pulumi up --refresh` then brings the stack to its configuration.
 *
 * Requires that no other run works on the stack. One on this machine is detected, where the state is in files.
 *
 * @throws Error while the run that holds the lock is alive
 */
export async function recover(target: StackAccess): Promise<void> {
  const { stack } = target;
  const { url = "" } = JSON.parse(await askPulumi("whoami", "--json")) as { url?: string };
  refuseWhileLocked(url, stack);
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

/** A backend of files has one lock file per run, with the run's process id. */
function refuseWhileLocked(backend: string, stack: string): void {
  if (!backend.startsWith("file://")) return;
  const root = backend.startsWith("file:///") ? fileURLToPath(backend) : backend.slice("file://".length);
  const project = /^name:\s*(\S+)/m.exec(readOrEmpty(path.join(checkoutDir, "Pulumi.yaml")))?.[1] ?? "";
  const locks = path.join(root, ".pulumi", "locks", "organization", project, stack);
  for (const name of fs.existsSync(locks) ? fs.readdirSync(locks) : []) {
    const { pid } = JSON.parse(fs.readFileSync(path.join(locks, name), "utf8")) as { pid: number };
    if (readOrEmpty(`/proc/${pid}/comm`).trim() === "pulumi")
      throw new Error(`stack ${stack} is locked by pulumi (process ${pid}). Fix: wait until it has ended.`);
  }
}
