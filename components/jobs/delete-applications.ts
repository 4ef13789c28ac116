import { setTimeout as sleep } from "node:timers/promises";

import { CodedError } from "../../shared/coded";
import type { ApplicationsInput } from "./applications-input";
import { type Application, type ArgocdApi, isOwnApplication, pointsAt } from "./argocd-api";
import { PACE, type Pace, stateOf } from "./wait-for-applications";

const FORCE_HINT =
  "Or set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: what they deployed is deleted " +
  "with the virtual cluster";

/**
 * Deletes the environment's Applications and waits until Argo CD has deleted what they deployed. Runs before anything
 * else of the environment is deleted, and deletes nothing while Applications of others point at the environment.
 *
 * With `force` those are left in place, and own Applications lose their finalizers at the time limit. With the control
 * plane down Argo CD cannot delete what is inside, and the virtual cluster is deleted anyway: they lose theirs at once.
 *
 * Pulumi deletes by name what its state has. So an Application of the same name that is not the environment's stops the
 * destroy, with `force` too: what it deployed is elsewhere.
 *
 * @throws Error that names the Applications that block the deletion, and what to do
 */
export async function deleteApplications(
  host: ArgocdApi,
  input: ApplicationsInput,
  force: boolean,
  pace: Pace = PACE,
): Promise<undefined> {
  const own = input.applications.map((application) => application.name);
  const taken = (await host.own(own)).filter((found) => !isOwnApplication(found, input.label, input.cluster));
  if (taken.length > 0) {
    throw new CodedError(
      `Applications of others have names of this environment's:${lines(taken, qualifiedName)}\nNothing was deleted. Fix: ` +
        "run `pulumi state delete '<urn>' --target-dependents` for each (`pulumi stack --show-urns` lists them), or Pulumi " +
        "deletes it, and destroy again.",
      "argocd-object-in-use",
    );
  }
  const foreign = (await listed(host, force, pace)).filter(
    (application) =>
      pointsAt(application, input.cluster) &&
      !(application.metadata?.namespace === input.namespace && own.includes(application.metadata.name ?? "")),
  );
  if (foreign.length > 0) {
    const list = `Applications of others point at ${input.cluster.name}:${lines(foreign, qualifiedName)}`;
    if (!force) {
      throw new CodedError(
        `${list}\nNothing was deleted. Fix: delete them or have their owners do it (those of an ApplicationSet through ` +
          `the set), and destroy again. ${FORCE_HINT}, and their destination no longer exists then.`,
        "applications-of-others",
      );
    }
    pace.log(`${list}\nLeft in place (force).`);
  }

  for (const application of own) await host.remove(application);
  const remaining = await waitForDeletion(host, input, own, pace);
  if (remaining.length === 0) return undefined;
  const list =
    `Applications that are still not deleted after ${input.deleteTimeoutSeconds} s:` +
    lines(remaining, (application) => `${qualifiedName(application)}: ${stateOf(application)}`);
  if (!force) {
    throw new CodedError(
      `${list}\nArgo CD's cluster and the virtual cluster were not deleted. Fix: find out what blocks their deletion (what ` +
        `Argo CD reports, finalizers of what they deployed, argocd.deleteTimeoutSeconds), and destroy again. ${FORCE_HINT}.`,
      "applications-not-deleted",
    );
  }
  await removeFinalizers(host, remaining);
  pace.log(`${list}\nFinalizers removed (force).`);
  return undefined;
}

/** All Applications; none, with a line in the log, where they cannot be listed and `force` is set. */
async function listed(host: ArgocdApi, force: boolean, { log }: Pace): Promise<Application[]> {
  try {
    return await host.applications();
  } catch (error) {
    if (!force) throw error;
    log(`Applications of others were not looked for (force): ${error instanceof Error ? error.message : "?"}`);
    return [];
  }
}

/** Waits until the Applications are gone. @returns those that still exist at the time limit */
async function waitForDeletion(
  host: ArgocdApi,
  input: ApplicationsInput,
  own: readonly string[],
  { pauseMs, downMs, log }: Pace,
): Promise<Application[]> {
  const deadline = Date.now() + input.deleteTimeoutSeconds * 1000;
  let up = Date.now();
  let reported = "";
  for (;;) {
    const ready = await host.tryRead(() => host.controlPlaneReady());
    // The last read: its problem is the one to report.
    const remaining = await host.tryRead(() => host.own(own));
    if (remaining?.length === 0) return [];
    const names = remaining?.map(qualifiedName).join(", ") ?? "";
    const now = Date.now();
    if (ready !== false) up = now;
    if (remaining !== undefined && now - up > downMs) {
      log(`The virtual cluster is down, so Argo CD cannot delete what ${names} deployed: removing their finalizers.`);
      await removeFinalizers(host, remaining);
      return [];
    }
    // A control plane that is not ready at the time limit may restart, or be down: that is known within `downMs`.
    if (now > deadline && (remaining === undefined || up === now)) {
      if (remaining !== undefined) return remaining;
      throw new CodedError(
        `The Applications cannot be read.${host.lastProblem()}\nFix: destroy again when the host answers.`,
        "applications-unreadable",
      );
    }
    if (names !== "" && names !== reported) log(`waiting for Argo CD to delete ${names}`);
    reported = names;
    await sleep(pauseMs);
  }
}

/** Completes the deletion without waiting for Argo CD. */
async function removeFinalizers(host: ArgocdApi, applications: readonly Application[]): Promise<void> {
  for (const { metadata } of applications) await host.patch(metadata?.name ?? "", { finalizers: null });
}

function lines(applications: readonly Application[], text: (application: Application) => string): string {
  return applications.map((application) => `\n  - ${text(application)}`).join("");
}

function qualifiedName({ metadata }: Application): string {
  const owner = metadata?.ownerReferences?.[0];
  const createdBy = owner === undefined ? "" : ` (made by ${owner.kind} ${owner.name})`;
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}${createdBy}`;
}
