import { setTimeout as delay } from "node:timers/promises";

import { findHost } from "../../host/kubeconfig";
import { isProxied, unreachable } from "../../host/reachable";
import { hostOptions } from "../host-client";
import type { Resource, State } from "../interrupted-runs";
import { askPulumi } from "../pulumi";
import type { Target } from "../target";

const ATTEMPTS = 5;
const PAUSE_MS = 2_000;

/**
 * Empties the stack of a host that is gone for good, and lists what was not deleted there. Only `--yes` changes anything,
 * and only when the host does not answer.
 *
 * @throws Error where the host answers, or cannot be asked
 */
export async function forget(target: Target, yes: boolean): Promise<void> {
  const { stack } = target;
  const server = directServer(findHost(await hostOptions(target)));
  const reason = await confirmGone(server);
  const left = objectsIn(JSON.parse(await askPulumi("stack", "export", "--stack", stack)) as State);
  console.log(`The host at ${server} does not answer: ${reason}. The stack ${stack} has there:`);
  for (const line of left.length > 0 ? left : ["nothing that its state lists"]) console.log(`  - ${line}`);
  if (!yes) {
    console.log("Nothing was changed. To empty the stack without deleting any of it, add YES=1.");
    return;
  }
  // No command of Pulumi's deletes a Helm release of a host that does not answer.
  await askPulumi("state", "delete", "--all", "--force", "--yes", "--stack", stack);
  console.log(
    "The stack is empty; none of it was deleted. If the host comes back, delete it there before the next `up` of this " +
      "environment: first the Applications and the Helm release, then the namespace with what is in it, then the rest.",
  );
}

function directServer(host: ReturnType<typeof findHost>): string {
  if (host !== undefined && !host.proxied && !isProxied(host.server, process.env)) return host.server;
  throw new Error(
    "The host is reached through a proxy or from inside a pod, so whether it is gone cannot be found out. Fix: run " +
      "`make forget` where it would be reached directly.",
  );
}

/**
 * Makes sure that a server does not answer for a while. An answer of any kind counts, an error included.
 *
 * @returns why it does not
 * @throws Error where it answers
 */
export async function confirmGone(server: string, pauseMs = PAUSE_MS): Promise<string> {
  let reason = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(pauseMs);
    const problem = await unreachable(server);
    if (problem === undefined) {
      throw new Error(
        `The host at ${server} answers. Nothing was changed. Fix: \`pulumi destroy\`; or choose the cluster of the stack by ` +
          "KUBECONFIG or kubernetes:context, if it is another one.",
      );
    }
    reason = problem;
  }
  return reason;
}

/** The Kubernetes objects in a state, in the order in which they were created. Not those that a destroy keeps. */
export function objectsIn({ deployment = {} }: State): string[] {
  return (deployment.resources ?? []).filter(isOnHost).map(({ type, id = "" }) => {
    return `${type.slice(type.lastIndexOf(":") + 1)} ${id}`;
  });
}

function isOnHost({ type, external = false, retainOnDelete = false }: Resource): boolean {
  return type.startsWith("kubernetes:") && !external && !retainOnDelete;
}
