import { request } from "node:https";

import { rejection, VirtualApi } from "../components/jobs/service-account-token";
import type { ResolvedEnvironment } from "../components/config/resolved";
import type { Secret } from "../host/client";
import { answerTo } from "../shared/http";
import { getIn, parseObject } from "../shared/json";

/** Long enough for a busy API; a preview waits no longer for an unreachable one. */
const LIMITS = { attempt: 5_000, pause: 0, poll: 0, accepted: 0, rollover: 0 };
/** Well above the answer of an API server, or the page of another one. */
const MAX_BYTES = 1024 * 1024;

/** What the virtual cluster's API says to Argo CD's token, at the public URL. */
export interface TokenTrial {
  /** Why the API was not reached; undefined where it answered. */
  readonly unreachable?: string;
  /** Why it does not take the token; undefined where it does. */
  readonly rejected?: string;
  /** When the token was issued, where that is in it. */
  readonly issued?: Date;
}

/** Where a token is tried, and what it has to be allowed. */
export interface TokenScope {
  readonly names: Pick<ResolvedEnvironment["names"], "apiHost" | "apiPort" | "apiUrl">;
  readonly argocd: Pick<ResolvedEnvironment["argocd"], "namespaces" | "clusterResources">;
}

/** Argo CD's token in its cluster Secret, and the certificate authority; undefined where they are not in it. */
export function tokenIn(cluster: Secret | undefined): { token: string; caCertificate: string } | undefined {
  const config = parseObject(Buffer.from(cluster?.data?.["config"] ?? "", "base64").toString());
  const [token, caCertificate] = [getIn(config, "bearerToken"), getIn(config, "tlsClientConfig", "caData")];
  return typeof token === "string" && typeof caCertificate === "string" ? { token, caCertificate } : undefined;
}

/**
 * Tries Argo CD's token, as its cluster Secret has it, at the virtual cluster's API.
 *
 * @returns undefined where the Secret is missing or holds none: then there is nothing to try
 */
export async function tryToken(env: TokenScope, cluster: Secret | undefined): Promise<TokenTrial | undefined> {
  const found = tokenIn(cluster);
  if (found === undefined) return undefined;
  const { token, caCertificate } = found;
  const claims = parseObject(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const [subject, time] = [getIn(claims, "sub"), getIn(claims, "iat")];
  const issued = typeof time === "number" ? { issued: new Date(time * 1000) } : {};
  const [namespace = "", name = ""] = String(subject).split(":").slice(-2);
  const input = {
    host: env.names.apiHost,
    port: env.names.apiPort,
    caCertificate,
    account: { name, namespace },
    objects: [],
    namespaces: env.argocd.namespaces,
    clusterResources: env.argocd.clusterResources,
    timeoutSeconds: 0,
  };
  try {
    const rejected = await rejection(new VirtualApi(input, LIMITS), token);
    return rejected === undefined ? issued : { rejected, ...issued };
  } catch (error) {
    // What the job advises is for its own run.
    const reason = error instanceof Error && typeof error.cause === "string" ? error.cause : String(error);
    return { unreachable: unreachable(env.names.apiUrl, reason), ...issued };
  }
}

/**
 * Asks the virtual cluster's API whether it is ready, without a credential: for where there is no token to try. Only the
 * readiness check knows the certificate authority then, so any certificate will do.
 *
 * @returns why there is no answer of an API server that works; undefined where there is one. A refusal is an answer.
 */
export async function tryApi({ names }: Pick<TokenScope, "names">): Promise<string | undefined> {
  const { apiHost: host, apiPort: port, apiUrl } = names;
  const signal = AbortSignal.timeout(LIMITS.attempt);
  const options = { host, port, servername: host, path: "/readyz", rejectUnauthorized: false, agent: false, signal };
  try {
    const { status } = await answerTo(request(options), undefined, MAX_BYTES);
    return [200, 401, 403].includes(status) ? undefined : unreachable(apiUrl, `it returned ${status} for /readyz`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const late = `no complete answer within ${LIMITS.attempt / 1000} s`;
    return unreachable(apiUrl, signal.aborted ? late : (code ?? message));
  }
}

function unreachable(apiUrl: string, reason: string): string {
  return `the virtual cluster's API at ${apiUrl} is unreachable (${reason})`;
}
