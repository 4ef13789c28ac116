import { setTimeout as sleep } from "node:timers/promises";

import { CodedError } from "../../shared/coded";
import { type ApplicationsInput, reconnection } from "./applications-input";
import type { Application, ArgocdApi } from "./argocd-api";
import { refusalsOf } from "./refusals";

/** Argo CD removes it after the comparison; any status before that may be of an earlier specification. */
export const REFRESH = "argocd.argoproj.io/refresh";

/** How a job waits. */
export interface Pace {
  readonly pauseMs: number;
  /** A control plane that is not ready for longer than this counts as down: longer than a restart takes. */
  readonly downMs: number;
  readonly log: (line: string) => void;
}

export const PACE: Pace = { pauseMs: 500, downMs: 30_000, log: console.error };

/**
 * Waits until the Applications are Synced and Healthy, by a comparison that began after this call.
 *
 * @param reconnected those for which the comparison is enough, see {@link reconnection}
 * @throws Error at the time limit, with the state that Argo CD reports of each that is not, and what the host
 * refused of them
 */
export async function waitForApplications(
  host: ArgocdApi,
  input: ApplicationsInput,
  { pauseMs, log }: Pace = PACE,
  reconnected: readonly string[] = [],
): Promise<undefined> {
  const { name: cluster, apiUrl, secretUid } = input.cluster;
  const compared = input.applications.filter(
    ({ uid, digest }) => uid !== undefined && reconnected.includes(reconnection(uid, digest)),
  );
  const secret = await host.secret(cluster);
  if (secret?.metadata?.uid !== secretUid) throw new CodedError(wrongHostMessage(host, cluster), "host-lacks-cluster");
  const names = input.applications.filter(({ wait }) => wait).map((application) => application.name);
  for (const name of names) await host.patch(name, { annotations: { [REFRESH]: "normal" } });

  const deadline = Date.now() + input.syncTimeoutSeconds * 1000;
  let pending = new Map<string, string>();
  let applications: Application[] = [];
  for (;;) {
    const found = await host.tryRead(() => host.own(names));
    if (found !== undefined) {
      applications = found;
      const before = pending;
      pending = new Map();
      const unhealthy: string[] = [];
      for (const name of names) {
        const application = applications.find(({ metadata }) => metadata?.name === name);
        const enough = compared.some((one) => one.name === name);
        const reason = enough ? uncomparedReason(application) : pendingReason(application);
        if (application !== undefined && reason === undefined && pendingReason(application) !== undefined) {
          unhealthy.push(
            `Not waited for, as only Argo CD's token is new: ${input.namespace}/${name}: ${stateOf(application)}`,
          );
        }
        if (reason === undefined) continue;
        pending.set(name, reason);
        if (before.get(name) !== reason) log(`waiting for Application ${input.namespace}/${name}: ${reason}`);
      }
      if (pending.size === 0) {
        for (const line of unhealthy) log(line);
        return undefined;
      }
    }
    if (Date.now() > deadline) {
      const lines = [...pending].map(([name, reason]) => `\n  - ${input.namespace}/${name}: ${reason}`).join("");
      const waiting = applications.filter(({ metadata }) => pending.has(metadata?.name ?? ""));
      const refused = await refusalsOf(waiting, apiUrl, secret);
      throw new CodedError(
        `Not Synced and Healthy after ${input.syncTimeoutSeconds} s:${lines}${refused}${host.lastProblem()}\n` +
          "Fix: correct what Argo CD reports, raise argocd.syncTimeoutSeconds, or set wait of the application to false.",
        "applications-not-healthy",
      );
    }
    await sleep(pauseMs);
  }
}

/** Why an Application is not Synced and Healthy yet; undefined where it is. */
export function pendingReason(application: Application | undefined): string | undefined {
  if (application === undefined) return "it does not exist";
  const { sync, health, operationState } = application.status ?? {};
  const compared = application.metadata?.annotations?.[REFRESH] === undefined;
  const busy = application.operation !== undefined || operationState?.phase === "Running";
  if (compared && !busy && sync?.status === "Synced" && health?.status === "Healthy") return undefined;
  return compared ? stateOf(application) : `not refreshed by Argo CD yet; before: ${stateOf(application)}`;
}

/**
 * Why Argo CD has not compared an Application with the cluster yet, or cannot; undefined where it has, whatever the result.
 * It asks for the cluster's version before it asks for manifests: where those fail, it has reached the cluster.
 */
function uncomparedReason(application: Application | undefined): string | undefined {
  const refreshed = application?.metadata?.annotations?.[REFRESH] === undefined;
  return refreshed && wasCompared(application) ? undefined : pendingReason(application);
}

/** Whether Argo CD's last comparison of an Application reached the cluster, also where it has been asked for another one. */
export function wasCompared(application: Application | undefined): boolean {
  const { sync, conditions = [] } = application?.status ?? {};
  const known = sync?.status === "Synced" || sync?.status === "OutOfSync";
  return known || conditions.some(({ message }) => message.includes("failed to generate manifest for source"));
}

/** What Argo CD reports about an Application. */
export function stateOf({ status }: Application): string {
  const { sync, health, conditions = [], operationState } = status ?? {};
  const operation = operationState === undefined || operationState.phase === "Succeeded" ? undefined : operationState;
  return [
    `sync ${sync?.status ?? "unknown"}`,
    `health ${health?.status ?? "unknown"}${health?.message === undefined ? "" : ` (${health.message})`}`,
    ...(operation === undefined ? [] : [`operation ${operation.phase}: ${operation.message ?? "no message"}`]),
    ...conditions.map(({ type, message }) => `${type}: ${message}`),
  ].join("; ");
}

/** For a host without the environment: nothing there may be taken for its own. */
export function wrongHostMessage(host: ArgocdApi, cluster: string): string {
  return (
    `${host.server} is not the host of this environment: it lacks the Secret "${cluster}" that Pulumi created. ` +
    "Fix: choose the cluster of the environment's Kubernetes provider by KUBECONFIG or by kubernetes:kubeconfig and " +
    "kubernetes:context."
  );
}
