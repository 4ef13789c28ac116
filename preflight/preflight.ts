import { log, type Output, type ResourceTransformation, runtime, StackReference } from "@pulumi/pulumi";

import { argocdConflicts } from "../components/argocd/conflicts";
import { usesEtcd } from "../components/config/defaults";
import type { ResolvedEnvironment } from "../components/config/resolved";
import { attemptInto } from "../components/kubernetes/attempt";
import { foreignObjects, uncheckedWarning } from "../components/kubernetes/foreign-objects";
import {
  hasIdentity,
  hostProblems,
  type Identity,
  isOwn,
  type Owner,
  ownershipProblems,
  stackIdentity,
  unknownHostWarning,
  untoldHostProblems,
} from "../components/kubernetes/ownership";
import { withGrowingVolume } from "../components/vcluster/volume";
import { CredentialPluginError, type HostClient, HostError, isTransient } from "../host/client";
import { hostBusy } from "../host/reachable";
import { throwIfAny, UserError } from "../shared/errors";
import { getPath, type JsonObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import { unknownChart } from "../shared/vcluster/versions";
import { additions } from "./additions";
import { dataLossProblems, keepsSize, replicasChange, restartReasons, SIZE_OF_CLAIM, sizeOfTemplate } from "./changes";
import {
  applicationHostConflicts,
  certificatesConflict,
  describeDeletedClaim,
  hostnameConflicts,
  isServed,
  namespaceConflict,
  releaseConflict,
  volumeConflict,
} from "./conflicts";
import { isInterrupted } from "../host/helm-records";
import { immutableProblems } from "./immutable";
import { type HostState, NAMESPACE, readHost } from "./host-state";
import { continueInterrupted, continueUnsaved, hasRun, isInState } from "./interrupted";
import {
  afterRestart,
  changesApplications,
  findRepairs,
  keepingSize,
  repairing,
  replacingForReplicas,
  takingBack,
} from "./repair";
import { restoringOwn } from "./own-objects";
import { restore } from "./restore";
import { refusedPods } from "./refused-pods";
import { requireRecords } from "./release";
import { stoppingWhileDeleted } from "./terminating";
import { findRemovedApplications, removalWarning } from "./removed-applications";
import { findTokenSecrets, tokenSecretsWarning } from "./token-secrets";
import { upgradeNotices, upgradeProblems } from "./upgrades";

const PURPOSE =
  "conflicts with other environments and changes that lose data were not checked, and the volume keeps its size";

/**
 * Checks before anything is registered what only the host can tell: who has the names already, and what the configuration
 * would change in an environment that runs. A restart of the control plane is logged, and so is what cannot be read.
 *
 * @param identity marks what is this stack's on the host
 * @returns the environment as the host lets it be declared, and what makes the run repair what was changed there
 * @throws ConfigurationError for names that others have, and for a change that would lose data and is not allowed
 * @throws UserError where the credential plugin fails: the provider would run it as well, and print what it prints; or the
 * host is overloaded or faulty
 */
export async function checkAgainstHost(
  env: ResolvedEnvironment,
  api: HostClient | undefined,
  identity: Identity,
): Promise<{ env: ResolvedEnvironment; transformations: ResourceTransformation[] }> {
  const unknown = unknownChart(env.chart.version);
  if (unknown !== undefined) await log.warn(`${unknown}.`);
  // Beside each other: the identity waits for a plugin to start, what is read and tried for the host.
  const known = valueOf(identity.value).then((value): Owner => ({ stack: stackIdentity(), identity: value }));
  const read = readState(env, api, known);
  const preview = runtime.isDryRun();
  const unreadable: string[] = [];
  const [owner, state, repairs, tokenSecrets, removed, foreign, isSaved] = await Promise.all([
    known,
    read,
    read.then((found) => findRepairs(env, found)),
    api === undefined ? [] : findTokenSecrets(api, env.sync.secrets),
    api === undefined ? [] : findRemovedApplications(api, env),
    api === undefined ? [] : foreignObjects(api, env, attemptInto(unreadable)),
    api === undefined || preview || isInState(env.names),
  ]);
  // Alone: on another host everything else that could be said is misleading.
  const madeOn = await valueOf(identity.madeOn);
  const usedOn = await valueOf(identity.usedOn);
  throwIfAny(env.environment, hostProblems(madeOn, usedOn));
  if (state !== undefined && isNamespaceKnown(state) && !state.identified) {
    const { namespace } = env.names;
    throwIfAny(env.environment, untoldHostProblems(namespace, state.found, owner.identity, madeOn, usedOn));
  }
  const size = keepsSize(env, state) ? [keepingSize(env)] : [];
  if (api === undefined || state === undefined) {
    throwIfAny(env.environment, foreign);
    return { env, transformations: [repairing(env.environment, repairs), ...size] };
  }
  const templateSize = sizeOfTemplate(env, state);
  const declared = templateSize === undefined ? env : withGrowingVolume(env, templateSize);
  // Configuration is known at preview, secret or not.
  const values = await valueOf(declared.chartValues);
  const { namespace } = state.found;
  const own = namespace !== undefined && isOwn(namespace, owner) ? namespace : undefined;
  const status = state.release?.status;
  const taken = [...hostnameConflicts(env.names, state.claims), ...applicationHostConflicts(env, state.claims)];
  const served = isServed(env.names, state.claims);
  const changed =
    state.statefulSet === undefined
      ? []
      : restartReasons(afterRestart(values, state.release), state.values, state.release?.values);
  // Without a StatefulSet the pod is on its way already, and its volume with it.
  const restarts = state.statefulSet !== undefined && (changed.length > 0 || repairs.release !== undefined);
  // Alone: a StatefulSet with other claims looks like a configuration that would lose data. Another number of replicas replaces it.
  if (own !== undefined && replicasChange(env, state) === undefined) {
    throwIfAny(env.environment, immutableProblems(state.release?.immutable));
  }
  throwIfAny(env.environment, [
    ...ownershipProblems(env.names.namespace, state.found, owner),
    ...(served ? [] : taken),
    ...dataLossProblems(env, values, state),
    ...upgradeProblems(env, state, state.kubernetes),
    ...(own !== undefined && hasIdentity(own) ? [] : releaseConflict(env.names, status)),
    ...namespaceConflict(env.names, state.found.namespace),
    ...certificatesConflict(env, state),
    ...argocdConflicts(env, state),
    ...foreign,
    ...volumeConflict(env, state.deletedClaims, restarts),
  ]);
  // A tenant of another environment in the profile `open` can claim a host at any time, which must not end this one's updates.
  if (served) for (const { problem, fix } of taken) await log.warn(`${problem}. Fix: ${fix}.`);
  if (unreadable.length > 0) await log.warn(uncheckedWarning(unreadable));
  for (const application of removed) await log.warn(removalWarning(application));
  if (tokenSecrets.length > 0) await log.warn(tokenSecretsWarning(tokenSecrets));
  for (const health of state.unhealthyApplications) {
    await log.warn(`The Application of the virtual cluster is not healthy: ${health}`);
  }
  for (const notice of upgradeNotices(env, state, state.kubernetes)) await log.warn(`${notice}.`);
  // After all that refuses the update, and before anything is registered.
  if (status !== undefined && isInterrupted(status)) {
    await log.warn(await continueInterrupted(api, env, status, preview));
  }
  if (status !== undefined && !isSaved && own !== undefined && hasIdentity(own)) {
    await log.warn(await continueUnsaved(api, env));
  }
  if (!preview) {
    for (const { object, declared } of state.release?.added ?? []) {
      const found = (live: JsonObject) => additions(declared, live);
      for (const problem of await restore(api, object, found)) await log.warn(problem);
    }
  }
  for (const claim of state.deletedClaims) await log.warn(`${describeDeletedClaim(env.names, claim)}.`);
  if (changed.length > 0) {
    const outage = usesEtcd(env) ? "its pods one after another" : "the API is unavailable until it is ready";
    await log.info(`The control plane will restart (data is kept); ${outage}. ${changed.join(", ")}`);
  }
  const volumeSize = String(getPath(state.volumeClaim ?? {}, SIZE_OF_CLAIM));
  if (templateSize !== undefined && parseQuantity(volumeSize) !== parseQuantity(env.persistence.size)) {
    await log.info(`The control plane's volume grows from ${volumeSize} to ${env.persistence.size} in place.`);
  }
  for (const refused of await refusedPods(api, env.names, state.statefulSet)) await log.warn(refused);
  // The reason of a restart is one of the release's.
  for (const reason of new Set([repairs.release, repairs.readiness, repairs.credential])) {
    if (reason !== undefined) await log.warn(`This update repairs the environment: ${reason}.`);
  }
  if (repairs.newToken !== undefined) await log.info(`${repairs.newToken}.`);
  if (repairs.unanswered !== undefined) {
    await log.warn(
      `Argo CD's token was not checked: ${repairs.unanswered}. With readiness.enabled: false no update waits for the API. ` +
        "Fix: if this machine is to reach it, `make doctor` names the cause.",
    );
  }
  const unknownHost = unknownHostWarning(state.found, madeOn, usedOn);
  if (unknownHost !== undefined) await log.warn(unknownHost);
  for (const held of state.release?.deleting ?? []) await log.warn(held);
  const gone = madeOn === undefined ? undefined : whatIsGone(env, state, own !== undefined);
  // Not after a first update that failed before anything ran. The state is asked here only, because that takes its time.
  if (gone !== undefined && (await hasRun(env.names))) {
    await log.warn(
      `${gone} not on the host: this update starts an empty virtual cluster. The objects of one that was there are lost.`,
    );
  }
  // An installation over what is there takes back what is declared, and has no manifest before to tell what was added.
  const unrecorded = env.delivery === "helm" && state.records !== undefined && state.release === undefined;
  if (unrecorded && state.statefulSet !== undefined && own !== undefined) {
    await log.warn(
      `Helm's records of the release ${env.names.release} are gone and its objects are there: this update installs it again over them. ` +
        "What others have added to these objects is compared only by the update after it. Fix: update once more where a preview " +
        "after this update names any.",
    );
  }
  if (own !== undefined && !hasIdentity(own)) {
    await log.warn(
      `The namespace ${env.names.namespace} is marked with this stack's name and no identity: this update adopts it.`,
    );
  }
  const transformations = [
    repairing(env.environment, { ...repairs, changesApplications: changesApplications(env, state) }),
    takingBack(env.names.namespace, own),
    // What was in a namespace that is gone is not named one by one.
    restoringOwn(api, preview, own !== undefined || gone === undefined),
    stoppingWhileDeleted(env.environment, env.names),
  ];
  const replaced = replicasChange(env, state) === undefined ? [] : [replacingForReplicas(env)];
  // An update has to read them: they may be new ones.
  const unread = preview && (!state.mayReadSecrets || repairs.restart !== undefined);
  const certificates = unread ? { lastKubeconfig: lastKubeconfig() } : {};
  return { env: { ...declared, ...certificates }, transformations: [...transformations, ...replaced, ...size] };
}

/** What a stack that has made an environment does not find, where the volume is gone with it. */
function whatIsGone({ names, delivery }: ResolvedEnvironment, state: HostState, isThere: boolean): string | undefined {
  // A preview in CI may read it, and no Secret.
  if (!isThere) {
    return isNamespaceKnown(state) ? `The namespace ${names.namespace} is` : undefined;
  }
  if (state.unreadable.length > 0) return undefined;
  const installed = delivery === "argocd" || state.release !== undefined;
  return installed || state.volumeClaim !== undefined ? undefined : `The release ${names.release} and its volume are`;
}

function isNamespaceKnown({ unreadable }: HostState): boolean {
  return !unreadable.some((what) => what.startsWith(`${NAMESPACE} (`));
}

/** The stack's own output `kubeconfig`, as the last update left it in the state. */
function lastKubeconfig(): Output<string | undefined> {
  const stack = new StackReference("last-update", { name: stackIdentity() });
  return stack.getOutput("kubeconfig") as Output<string | undefined>;
}

/**
 * What the host has of the environment; undefined, with a warning, where it cannot be read.
 *
 * @throws UserError where the host is overloaded or faulty: another run can make the checks that this one would leave out; or
 * for a fault of this program, which would leave them out too
 */
async function readState(
  env: ResolvedEnvironment,
  api: HostClient | undefined,
  owner: Promise<Owner>,
): Promise<HostState | undefined> {
  if (api === undefined) {
    await log.warn(`The host is accessed from inside a pod or through a proxy: ${PURPOSE}.`);
    return undefined;
  }
  try {
    const state = await readHost(api, env, owner);
    // Alone: what Helm takes for the release decides what the update deletes.
    if (state.records !== undefined) requireRecords(env.names, state.records);
    if (state.unanswered.length > 0) throw hostBusy(state.unanswered.join("; "));
    if (state.unreadable.length > 0) {
      await log.warn(`Could not read ${state.unreadable.join(", ")} on the host: the checks are incomplete.`);
    }
    return state;
  } catch (error) {
    if (error instanceof CredentialPluginError) throw new UserError(error.message);
    if (error instanceof UserError) throw error;
    if (!(error instanceof HostError)) throw withoutMessage(error);
    if (isTransient(error)) throw hostBusy(error.message);
    await log.warn(`The host could not be read (${error.message}): ${PURPOSE}.`);
    return undefined;
  }
}

/** A fault of this program: where it is, and no message, because a parser's would quote what it read on the host. */
function withoutMessage(error: unknown): UserError {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error("");
  const start = stack.indexOf(message);
  const frames = start < 0 ? "" : stack.slice(start + message.length).replace(/^[^\n]*/, "");
  return new UserError(
    `What the host returned could not be read: ${name}. Its message is not shown, because it may quote a Secret. Nothing was ` +
      `changed. This is a fault of vcluster-environments. Fix: report it with the following lines.${frames}`,
  );
}

/** The value of an output that is known at preview. */
function valueOf<T>(output: Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
