import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

import { checkoutDir } from "../shared/checkout";
import { run, succeeds } from "../shared/exec";
import { hostOf } from "./host-client";

/** Where a stack is worked on: its name, and how Pulumi is called for it. */
export interface Target {
  readonly stack: string;
  readonly env: Record<string, string>;
  /** Stack file that stands in for the one in the checkout. */
  readonly configFile?: string | undefined;
}

/**
 * Clears what a killed run of Pulumi leaves, whatever the backend and the host: its lock on the stack, and Helm releases
 * that are forever pending. `pulumi up --refresh` then brings the stack to what it declares.
 *
 * Only for when no other run is at work on the stack. One on this machine is noticed, where the state is in files.
 *
 * @throws Error while the run that holds the lock lives
 */
export async function recover(target: Target): Promise<void> {
  const { stack, env } = target;
  const options = { cwd: checkoutDir, env };
  const { url = "" } = JSON.parse(await run("pulumi", ["whoami", "--json"], options)) as { url?: string };
  refuseWhileLocked(url, stack);
  // Fails where there is nothing to cancel. What else may be wrong, the next command says.
  await succeeds("pulumi", ["cancel", "--yes", "--stack", stack], options);

  const state = JSON.parse(await run("pulumi", ["stack", "export", "--stack", stack], options)) as State;
  const releases = releasesOf(state);
  if (releases.length === 0) return;
  const core = await hostOf(target);
  for (const { name, namespace } of releases) {
    // Without its last record Helm goes on from the release before, or adopts the objects of a first install.
    const labelSelector = `owner=helm,name=${name},status in (pending-install,pending-upgrade,pending-rollback)`;
    const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
    for (const { metadata } of items) {
      await core.deleteNamespacedSecret({ namespace, name: metadata?.name ?? "" });
    }
  }
}

/** The part of an exported stack that is looked at. */
export interface State {
  deployment?: {
    resources?: Resource[];
    /** What a run was doing when it was killed. */
    pending_operations?: { resource: Resource }[];
  };
}
interface Resource {
  type: string;
  inputs?: Record<string, unknown>;
}

/** Helm releases that the stack has or was making, whatever the environment in it is called. */
export function releasesOf({ deployment = {} }: State): { name: string; namespace: string }[] {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const found = [...resources, ...pending.map(({ resource }) => resource)]
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .map(({ inputs = {} }) => ({ name: String(inputs["name"]), namespace: String(inputs["namespace"]) }));
  return [...new Map(found.map((release) => [`${release.namespace}/${release.name}`, release])).values()];
}

/** A backend of files has one file for each run at work, which names its process. */
function refuseWhileLocked(backend: string, stack: string): void {
  if (!backend.startsWith("file://")) return;
  const root = backend.startsWith("file:///") ? fileURLToPath(backend) : backend.slice("file://".length);
  const locks = path.join(root, ".pulumi", "locks", "organization", projectName(), stack);
  for (const name of fs.existsSync(locks) ? fs.readdirSync(locks) : []) {
    const { pid } = JSON.parse(fs.readFileSync(path.join(locks, name), "utf8")) as { pid: number };
    if (isPulumi(pid)) throw new Error(`pulumi (process ${pid}) is working on stack ${stack}; wait until it has ended`);
  }
}

function projectName(): string {
  return /^name:\s*(\S+)/m.exec(fs.readFileSync(path.join(checkoutDir, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
}

function isPulumi(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
  } catch {
    return false;
  }
}
