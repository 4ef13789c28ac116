import { once } from "node:events";
import { request as plain } from "node:http";
import { request as secure } from "node:https";

import { runtime } from "@pulumi/pulumi";

import { UserError } from "../shared/errors";
import { findHost, type Host, type HostOptions, KubeconfigError } from "./kubeconfig";

const LIMIT_MS = 10_000;

/**
 * Makes sure that there is a host cluster and that it answers, before anything asks the Kubernetes provider: with a
 * host that is out of reach the provider tries for minutes without a word.
 *
 * @returns the host; undefined where it is reached in a way that only the provider knows: from a pod, or by a proxy
 * @throws UserError that names the cluster, what happened and what to do
 */
export async function checkHost(env: NodeJS.ProcessEnv = process.env): Promise<Host | undefined> {
  let host;
  try {
    host = directHost(env);
  } catch (error) {
    throw error instanceof KubeconfigError ? new UserError(error.message) : error;
  }
  if (host === undefined) return undefined;
  const problem = (await unreachable(host.server))?.message;
  if (problem === undefined) return { ...host, answers: true };
  throw new UserError(
    `The host cluster at ${host.server} (${host.origin}) cannot be used: ${problem}. ` +
      "Fix: start it, or choose another one by KUBECONFIG or `pulumi config set kubernetes:context <name>`. [host-unreachable]",
  );
}

/**
 * The host of the default provider; undefined where it is reached in a way that only the provider knows.
 *
 * @throws KubeconfigError where none is configured
 */
export function directHost(env: NodeJS.ProcessEnv = process.env): Host | undefined {
  const host = findHost({ ...configuredHost(), env });
  return host === undefined || host.proxied || isProxied(host.server, env) ? undefined : host;
}

/** Where the Kubernetes provider is told to find the host. */
export function configuredHost(): Omit<HostOptions, "env"> {
  const option = (key: string) => runtime.getConfig(`kubernetes:${key}`);
  return { kubeconfig: option("kubeconfig"), context: option("context"), cluster: option("cluster") };
}

/** The host is overloaded or faulty, so that what an update would change cannot be known. Not for a lack of permission. */
export function hostBusy(problem: string): UserError {
  return new UserError(
    `The host's API is overloaded or faulty: ${problem}. Nothing was changed on the host: without its answer an update could ` +
      "take over or delete what belongs to others. Fix: run it again; if it stays like this, " +
      "`kubectl get --raw '/readyz?verbose'` names the part of the API that fails. [host-busy]",
  );
}

/** Why a server does not answer: the code of the system's error, and words for it. */
export interface Unreachable {
  readonly code: string;
  readonly message: string;
}

/** Why a server does not answer; undefined if it answers anything at all: to log in is the provider's business. */
export async function unreachable(server: string): Promise<Unreachable | undefined> {
  const url = new URL(`${server.replace(/\/+$/, "")}/version`);
  const signal = AbortSignal.timeout(LIMIT_MS);
  const sent = (url.protocol === "http:" ? plain : secure)(url, { signal, rejectUnauthorized: false, agent: false });
  sent.on("error", () => undefined); // also what comes after the answer
  try {
    await once(sent.end(), "response");
    sent.destroy();
    return undefined;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (signal.aborted) return { code: "ETIMEDOUT", message: `it did not answer within ${LIMIT_MS / 1000} s` };
    return { code, message: WORDS[code] ?? message };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "its name has no address",
  EAI_AGAIN: "its name has no address",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "no route to host",
};

/** Go's clients go through the proxy of the environment, but never to this machine itself. */
export function isProxied(server: string, env: NodeJS.ProcessEnv): boolean {
  const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? env["HTTP_PROXY"] ?? env["http_proxy"] ?? "";
  return proxy !== "" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname);
}
