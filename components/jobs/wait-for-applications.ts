import { setTimeout as sleep } from "node:timers/promises";

import type { ApplicationsInput } from "./applications-input";
import type { Application, ArgocdApi } from "./argocd-api";

/** Argo CD removes it after the comparison; any status before that may be of an earlier specification. */
const REFRESH = "argocd.argoproj.io/refresh";

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
 * @throws Error at the time limit, with the state that Argo CD reports of each that is not
 */
export async function waitForApplications(
  host: ArgocdApi,
  input: ApplicationsInput,
  { pauseMs, log }: Pace = PACE,
): Promise<undefined> {
  const { name, secretUid } = input.cluster;
  if ((await host.secretUid(name)) !== secretUid) throw new Error(wrongHostMessage(host, name));
  const names = input.applications.filter(({ wait }) => wait).map((application) => application.name);
  for (const one of names) await host.patch(one, { annotations: { [REFRESH]: "normal" } });

  const deadline = Date.now() + input.syncTimeoutSeconds * 1000;
  let open = new Map<string, string>();
  for (;;) {
    const found = await host.tryRead(() => host.own(names));
    if (found !== undefined) {
      const before = open;
      open = new Map();
      for (const one of names) {
        const state = pendingReason(found.find(({ metadata }) => metadata?.name === one));
        if (state === undefined) continue;
        open.set(one, state);
        if (before.get(one) !== state) log(`waiting for Application ${input.namespace}/${one}: ${state}`);
      }
      if (open.size === 0) return undefined;
    }
    if (Date.now() > deadline) {
      const lines = [...open].map(([one, state]) => `\n  - ${input.namespace}/${one}: ${state}`).join("");
      throw new Error(
        `Not Synced and Healthy after ${input.syncTimeoutSeconds} s:${lines}${host.lastProblem()}\nFix: correct what ` +
          "Argo CD reports, raise argocd.syncTimeoutSeconds, or set wait of the application to false.",
      );
    }
    await sleep(pauseMs);
  }
}

function pendingReason(application: Application | undefined): string | undefined {
  if (application === undefined) return "it does not exist";
  const { sync, health, operationState } = application.status ?? {};
  const compared = application.metadata?.annotations?.[REFRESH] === undefined;
  const busy = application.operation !== undefined || operationState?.phase === "Running";
  if (compared && !busy && sync?.status === "Synced" && health?.status === "Healthy") return undefined;
  return compared ? stateOf(application) : `not refreshed by Argo CD yet; before: ${stateOf(application)}`;
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
