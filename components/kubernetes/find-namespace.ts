import { setTimeout as delay } from "node:timers/promises";

import { all, log, type Output, type Resource } from "@pulumi/pulumi";

import {
  CredentialPluginError,
  HostClient,
  HostError,
  isNoConnection,
  isTransient,
  type KubernetesObject,
} from "../../host/client";
import { KubeconfigError, MissingCredentialsError } from "../../host/kubeconfig";
import { namespaceContents, namespacedKinds } from "../../host/namespace-contents";
import { directHost, hostBusy } from "../../host/reachable";
import { type Problem, throwIfAny, UserError } from "../../shared/errors";
import { argocdConflicts, readArgocdObjects } from "../argocd/conflicts";
import type { ResolvedEnvironment } from "../config/resolved";
import { type Attempt, attemptInto } from "./attempt";
import { foreignObjects, uncheckedWarning } from "./foreign-objects";
import {
  type FoundNamespace,
  hostProblems,
  isMarked,
  ownershipProblems,
  randomIdentity,
  stackIdentity,
  unknownHostWarning,
  untoldHostProblems,
} from "./ownership";

/**
 * What tells a host from all others; undefined where it cannot be read.
 *
 * @param pausesMs how long to wait before each further request to a host that takes no connection
 * @throws UserError where the host is overloaded or faulty
 */
export async function hostUid(api: HostClient, pausesMs: readonly number[] = []): Promise<string | undefined> {
  try {
    return (await api.find<KubernetesObject>("/api/v1/namespaces/kube-system"))?.metadata?.uid;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (isTransient(error)) throw hostBusy(error.message);
    const [pauseMs, ...later] = pausesMs;
    if (pauseMs === undefined || !isNoConnection(error.cause)) return undefined;
    await delay(pauseMs);
    return hostUid(api, later);
  }
}

/**
 * For a host that no check has asked before: its API server, or the load balancer in front of it, may be restarting, and the
 * state keeps what the first update reads.
 */
const PAUSES_MS: readonly number[] = [1_000, 3_000];

/**
 * Reads a namespace, and what is in it where no environment has marked it. What may not be read counts as contents.
 *
 * @throws HostError where the namespace cannot be read, or the host is overloaded or faulty
 */
export async function findNamespace(api: HostClient, name: string): Promise<FoundNamespace> {
  const namespace = await api.find(`/api/v1/namespaces/${name}`);
  if (namespace === undefined || isMarked(namespace)) return { namespace, contents: [] };
  try {
    return { namespace, contents: await namespaceContents(api, await namespacedKinds(api), name) };
  } catch (error) {
    if (!(error instanceof HostError) || isTransient(error)) throw error;
    return { namespace, contents: [`objects that cannot be read: ${error.message}`] };
  }
}

/**
 * An identity whose namespace, on the host of the default provider, is known to be no other environment's, as are the other names of
 * the environment there: for programs without preflight. Everything else waits for the namespace, and that for its identity.
 *
 * @param pausesMs as of {@link hostUid}
 * @throws ConfigurationError when it is applied
 */
export function checkedIdentity(
  name: string,
  env: ResolvedEnvironment,
  component: Resource,
  pausesMs = PAUSES_MS,
): Output<string> {
  const { names, environment } = env;
  const api = defaultHost();
  const { value, madeOn, usedOn } = randomIdentity(name, api && hostUid(api, pausesMs), { parent: component });
  if (api === undefined) return value;
  return all([value, madeOn, usedOn]).apply(async ([identity, before, now]) => {
    throwIfAny(environment, hostProblems(before, now));
    const unreadable: string[] = [];
    const taken = takenNames(api, env, attemptInto(unreadable));
    try {
      const [found, problems] = await Promise.all([findNamespace(api, names.namespace), taken]);
      const owner = { stack: stackIdentity(), identity };
      throwIfAny(environment, untoldHostProblems(names.namespace, found, identity, before, now));
      throwIfAny(environment, [...ownershipProblems(names.namespace, found, owner), ...problems]);
      await warnOfUnknownHost(found, before, now, component);
    } catch (error) {
      if (error instanceof CredentialPluginError) throw new UserError(error.message);
      if (!(error instanceof HostError)) throw error;
      if (isTransient(error)) throw hostBusy(error.message);
      await log.warn(`Whose namespace ${names.namespace} is was not checked: ${error.message}`, component);
      await warnOfUnknownHost(UNREAD, before, now, component);
      throwIfAny(environment, await taken);
    }
    if (unreadable.length > 0) await log.warn(uncheckedWarning(unreadable), component);
    return identity;
  });
}

/** A namespace that cannot be read may be missing. */
const UNREAD: FoundNamespace = { namespace: undefined, contents: [] };

async function warnOfUnknownHost(
  found: FoundNamespace,
  before: string | undefined,
  now: string | undefined,
  component: Resource,
): Promise<void> {
  const warning = unknownHostWarning(found, before, now);
  if (warning !== undefined) await log.warn(warning, component);
}

/** Objects of others outside of the namespace, with names of the environment. */
async function takenNames(api: HostClient, env: ResolvedEnvironment, attempt: Attempt): Promise<Problem[]> {
  const { names, argocd, delivery } = env;
  const chart = `/apis/argoproj.io/v1alpha1/namespaces/${argocd.namespace}/applications/${names.release}`;
  const [foreign, objects, delivering] = await Promise.all([
    foreignObjects(api, env, attempt),
    argocd.register ? readArgocdObjects(api, env, attempt) : NONE_IN_ARGOCD,
    delivery === "argocd" ? attempt("the Application of the chart", api.find(chart)) : undefined,
  ]);
  return [...argocdConflicts(env, { ...objects, delivering }), ...foreign];
}

const NONE_IN_ARGOCD = { argocdCluster: undefined, argocdProject: undefined, argocdApplications: [] };

/**
 * Undefined where only the provider can reach it, or reports that there is none.
 *
 * @throws UserError where the provider would wait for credentials instead
 */
function defaultHost(): HostClient | undefined {
  try {
    const host = directHost();
    return host && new HostClient(host);
  } catch (error) {
    if (error instanceof MissingCredentialsError) throw new UserError(error.message);
    if (error instanceof KubeconfigError) return undefined;
    throw error;
  }
}
