import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { findHost, type Host } from "../../host/kubeconfig";
import { isProxied, type Unreachable, unreachable } from "../../host/reachable";
import { checkoutDir } from "../../shared/checkout";
import { hostOptions } from "../host-client";
import type { Resource, State } from "../state";
import { askPulumi } from "../pulumi";
import type { Target } from "../target";

const ATTEMPTS = 5;
const PAUSE_MS = 2_000;
/** What a machine reports of every server while its VPN, its network or its name server is off. */
const NO_PROOF = ["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ETIMEDOUT"];

/**
 * Empties the stack of a host that is gone for good, and lists what was not deleted there. Nothing in the state names the
 * host's server, so the user confirms it. Nothing changes without that, or while the host answers. The state is saved in a
 * file first.
 *
 * @param gone URL of the server that the user confirms as gone for good; undefined: only lists
 * @throws Error where the host answers, cannot be asked, or is another one than confirmed
 */
export async function forget(target: Target, gone: string | undefined): Promise<void> {
  const { stack } = target;
  const { server, origin } = directHost(stack, findHost(await hostOptions(target)));
  if (gone !== undefined && withoutSlash(gone) !== withoutSlash(server)) {
    throw new Error(
      `GONE is ${gone}, but the host of the stack ${stack} is at ${server} (${origin}). Nothing was changed. Fix: choose the ` +
        "cluster of the stack by KUBECONFIG or kubernetes:context. [host-not-confirmed]",
    );
  }
  const reason = await confirmGone(server);
  const exported = await askPulumi("stack", "export", "--stack", stack);
  const left = objectsIn(JSON.parse(exported) as State);
  console.log(`The host at ${server} (${origin}) does not answer: ${reason.message}. The stack ${stack} has there:`);
  for (const line of left.length > 0 ? left : ["nothing that its state lists"]) console.log(`  - ${line}`);
  if (gone === undefined) {
    if (NO_PROOF.includes(reason.code)) {
      console.log(
        "That does not show that it is gone: this machine reports the same while a VPN or its network is off. Repeat it " +
          "where other servers beside the host are reached.",
      );
    }
    console.log(
      `Nothing was changed. If this server is the host of the stack, and is gone for good, \`make forget STACK=${stack} ` +
        `GONE=${server}\` empties the stack without deleting any of it.`,
    );
    return;
  }
  const backup = saveState(stack, exported);
  console.log(
    `The state was saved in ${backup}, with its secrets encrypted. It is restored by:\n  ` +
      `pulumi stack import --stack ${stack} --file '${backup}'`,
  );
  // No command of Pulumi's deletes a Helm release of a host that does not answer.
  await askPulumi("state", "delete", "--all", "--force", "--yes", "--stack", stack);
  console.log(
    "The stack is empty; none of it was deleted. If the host comes back, restore the state and destroy the environment; or " +
      "delete it there before the next `up` of this environment: first the Applications and the Helm release, then the " +
      "namespace with what is in it, then the rest.",
  );
}

function directHost(stack: string, host: Host | undefined): Host {
  if (host !== undefined && !host.proxied && !isProxied(host.server, process.env)) return host;
  throw new Error(
    "The host is reached through a proxy or from inside a pod, so whether it is gone cannot be found out. Nothing was changed. " +
      "Fix: run `make forget` where it would be reached directly; or, if you know that it is gone for good, save and empty the " +
      `state by \`pulumi stack export --stack ${stack} --file ${stack}-state.json\` and ` +
      `\`pulumi state delete --all --force --stack ${stack}\`. [host-not-direct]`,
  );
}

/** Writes an export beside the stack's files, where only this user can read it. @returns its path */
function saveState(stack: string, exported: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const file = path.join(checkoutDir, `${stack}-state-${time}.json`);
  fs.writeFileSync(file, exported, { mode: 0o600, flag: "wx" });
  return file;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/**
 * Makes sure that a server does not answer for a while. An answer of any kind counts, an error included.
 *
 * @returns why it does not
 * @throws Error where it answers
 */
export async function confirmGone(server: string, pauseMs = PAUSE_MS): Promise<Unreachable> {
  let reason: Unreachable = { code: "", message: "" };
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
