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
  const option = (key: string) => runtime.getConfig(`kubernetes:${key}`);
  const host = find({ kubeconfig: option("kubeconfig"), context: option("context"), cluster: option("cluster"), env });
  if (host === undefined || host.proxied || isProxied(host.server, env)) return undefined;
  const problem = await ask(host.server);
  if (problem === undefined) return host;
  throw new UserError(
    `The host cluster at ${host.server} (${host.origin}) cannot be used: ${problem}. ` +
      "Fix: start it, or choose another one by KUBECONFIG or `pulumi config set kubernetes:context <name>`.",
  );
}

function find(options: HostOptions): Host | undefined {
  try {
    return findHost(options);
  } catch (error) {
    throw error instanceof KubeconfigError ? new UserError(error.message) : error;
  }
}

/** What is wrong with a server, or undefined if it answers anything at all: to log in is the provider's business. */
function ask(server: string): Promise<string | undefined> {
  const url = new URL(`${server.replace(/\/+$/, "")}/version`);
  return new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, rejectUnauthorized: false };
    const sent = (url.protocol === "http:" ? plain : secure)(url, options, (response) => {
      response.destroy();
      resolve(undefined);
    });
    const timer = setTimeout(() => {
      resolve(`it did not answer within ${LIMIT_MS / 1000} s`);
      sent.destroy();
    }, LIMIT_MS);
    sent.once("error", (error: NodeJS.ErrnoException) => {
      resolve(WORDS[error.code ?? ""] ?? error.message);
    });
    sent.once("close", () => {
      clearTimeout(timer);
    });
    sent.end();
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "its name has no address",
  EAI_AGAIN: "its name has no address",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "no route to host",
};

/** Go's clients go through the proxy of the environment, but never to this machine itself. */
function isProxied(server: string, env: NodeJS.ProcessEnv): boolean {
  const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? env["HTTP_PROXY"] ?? env["http_proxy"] ?? "";
  return proxy !== "" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname);
}
