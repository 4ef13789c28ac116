// A part of the programs beside it: `program.ts` puts it in.
import { setTimeout as sleep } from "node:timers/promises";

import type { ApplicationsInput } from "./applications";
import type { Application, ArgocdApi } from "./argocd-api";

/** Argo CD takes it away once it has compared anew; what it said before was about an earlier specification. */
const REFRESH = "argocd.argoproj.io/refresh";
const PAUSE_MS = 500;

/**
 * Waits until the Applications are Synced and Healthy, by a comparison that began after now.
 *
 * @throws Error with the state that Argo CD reports of each that is not, when the time is over
 */
export async function waitForApplications(host: ArgocdApi, input: ApplicationsInput): Promise<void> {
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
        if (before.get(one) !== state) console.error(`waiting for Application ${input.namespace}/${one}: ${state}`);
      }
      if (open.size === 0) return;
    }
    if (Date.now() > deadline) {
      const lines = [...open].map(([one, state]) => `\n  - ${input.namespace}/${one}: ${state}`).join("");
      throw new Error(
        `Not Synced and Healthy after ${input.syncTimeoutSeconds} s:${lines}${host.lastProblem()}\nFix: mend what Argo CD ` +
          "names, raise argocd.syncTimeoutSeconds, or set wait of the application to false.",
      );
    }
    await sleep(PAUSE_MS);
  }
}

function pendingReason(application: Application | undefined): string | undefined {
  if (application === undefined) return "it does not exist";
  const { sync, health, operationState } = application.status ?? {};
  const compared = application.metadata?.annotations?.[REFRESH] === undefined;
  const busy = application.operation !== undefined || operationState?.phase === "Running";
  if (compared && !busy && sync?.status === "Synced" && health?.status === "Healthy") return undefined;
  return compared ? stateOf(application) : `Argo CD has not looked at it again; before, ${stateOf(application)}`;
}

/** What Argo CD says of an Application. */
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

/** For a host on which the environment is not: nothing there may be taken for its own. */
export function wrongHostMessage(host: ArgocdApi, cluster: string): string {
  return (
    `${host.server} is not the host of this environment: the Secret "${cluster}" that Pulumi has made is not there. ` +
    "Fix: choose the cluster of the environment's Kubernetes provider by KUBECONFIG or by kubernetes:kubeconfig and " +
    "kubernetes:context."
  );
}
