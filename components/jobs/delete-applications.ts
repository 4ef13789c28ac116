// A part of the programs beside it: `program.ts` puts it in.
import { setTimeout as sleep } from "node:timers/promises";

import type { ApplicationsInput } from "./applications";
import type { Application, ArgocdApi } from "./argocd-api";
import { stateOf, wrongHostMessage } from "./wait-for-applications";

const PAUSE_MS = 500;
/** A control plane that is away for so long does not just restart. */
const DOWN_MS = 30_000;
const FORCE_HINT =
  "Or set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: what they deployed goes with the " +
  "virtual cluster";

/**
 * Deletes the environment's Applications and waits until Argo CD has deleted what they deployed. It comes before anything
 * else of the environment is deleted, and deletes nothing while Applications of others point at the environment.
 *
 * With `force` these stay, and Applications that are not gone in time are given up. With the control plane down nobody
 * could delete what is inside, and it goes with the virtual cluster anyway: the Applications go without.
 *
 * @throws Error that names the Applications in the way, and what to do
 */
export async function deleteApplications(host: ArgocdApi, input: ApplicationsInput, force: boolean): Promise<void> {
  const { name, secretUid } = input.cluster;
  const uid = await host.secretUid(name);
  if (uid !== undefined && uid !== secretUid) throw new Error(wrongHostMessage(host, name));

  const own = input.applications.map((application) => application.name);
  const foreign = (await host.applications()).filter(
    ({ metadata, spec }) =>
      pointsAt(spec.destination, input.cluster) &&
      !(metadata?.namespace === input.namespace && own.includes(metadata.name ?? "")),
  );
  if (foreign.length > 0) {
    const list = `Applications of others point at ${name}:${lines(foreign, qualifiedName)}`;
    if (!force) {
      throw new Error(
        `${list}\nNothing was deleted. Fix: delete them, or have their owners do it (those of an ApplicationSet by the ` +
          `set), and destroy again. ${FORCE_HINT}, and they point at nothing then.`,
      );
    }
    console.error(`${list}\nThey stay, as told.`);
  }

  for (const application of own) await host.remove(application);
  const left = await waitForDeletion(host, input, own);
  if (left.length === 0) return;
  const list =
    `Applications that are still not deleted after ${input.deleteTimeoutSeconds} s:` +
    lines(left, (one) => `${qualifiedName(one)}: ${stateOf(one)}`);
  if (!force) {
    throw new Error(
      `${list}\nArgo CD's cluster and the virtual cluster stay. Fix: see what holds them (what Argo CD says, finalizers ` +
        `of what they deployed, argocd.deleteTimeoutSeconds), and destroy again. ${FORCE_HINT}.`,
    );
  }
  console.error(`${list}\nThey are given up, as told.`);
  await removeFinalizers(host, left);
}

/** Waits until the Applications are gone. @returns those that are not when the time is over */
async function waitForDeletion(
  host: ArgocdApi,
  input: ApplicationsInput,
  own: readonly string[],
): Promise<Application[]> {
  const deadline = Date.now() + input.deleteTimeoutSeconds * 1000;
  let up = Date.now();
  let said = "";
  for (;;) {
    const left = await host.tryRead(() => host.own(own));
    if (left?.length === 0) return [];
    const names = left?.map(qualifiedName).join(", ") ?? "";
    const now = Date.now();
    if ((await host.tryRead(() => host.controlPlaneReady())) !== false) up = now;
    if (left !== undefined && (now - up > DOWN_MS || (now > deadline && up < now))) {
      console.error(`The virtual cluster is down, and what ${names} deployed with it: Argo CD does not wait for it.`);
      await removeFinalizers(host, left);
      return [];
    }
    if (now > deadline) {
      if (left !== undefined) return left;
      throw new Error(`The Applications cannot be read.${host.lastProblem()}\nFix: destroy again when they can.`);
    }
    if (names !== "" && names !== said) console.error(`waiting until Argo CD has deleted ${names}`);
    said = names;
    await sleep(PAUSE_MS);
  }
}

/** Ends the deletion without what Argo CD would still do. */
async function removeFinalizers(host: ArgocdApi, applications: readonly Application[]): Promise<void> {
  for (const { metadata } of applications) await host.patch(metadata?.name ?? "", { finalizers: null });
}

function pointsAt(
  { name, server }: Application["spec"]["destination"],
  cluster: ApplicationsInput["cluster"],
): boolean {
  return name === cluster.name || server?.replace(/\/+$/, "") === cluster.server;
}

function lines(applications: readonly Application[], text: (application: Application) => string): string {
  return applications.map((application) => `\n  - ${text(application)}`).join("");
}

function qualifiedName({ metadata }: Application): string {
  const owner = metadata?.ownerReferences?.[0];
  const made = owner === undefined ? "" : ` (made by ${owner.kind} ${owner.name})`;
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}${made}`;
}
