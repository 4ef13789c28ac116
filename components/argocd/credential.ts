import type { Command } from "@pulumi/command/local";
import { all, type CustomResourceOptions, mergeOptions, type Output, secret } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";

import type { ResolvedEnvironment } from "../config/resolved";
import { jobCommand, program } from "../jobs/job";
import { ARGOCD_ACCOUNT } from "../names";
import type { Certificates } from "../vcluster/certificates";
import { serviceAccountManifests } from "./service-account";

/** Argo CD's access to the virtual cluster. */
export interface Credential {
  /** Name of the service account that it belongs to. */
  readonly account: Output<string>;
  /** Secret. */
  readonly token: Output<string>;
}

/**
 * A token of Argo CD's own service account inside the virtual cluster, with the rights that `argocd` states.
 *
 * A change of `rotation` or of the scope makes a new account with a new name. Pulumi creates it first and deletes the old
 * one, which revokes its token, at the end of the update.
 *
 * The token comes from the API itself and not from the chart's `exportKubeConfig.additionalSecrets`: that Secret appears
 * at an unknown time after the pod is ready, changing it restarts the control plane, and its tokens are never revoked.
 */
export function argocdCredential(
  name: string,
  env: ResolvedEnvironment,
  { caCertificate, adminCredentials }: Certificates,
  opts: CustomResourceOptions,
): Credential {
  const { rotation, namespaces, clusterResources } = env.argocd;
  const generation = new RandomString(
    `${name}-generation`,
    {
      length: 8,
      upper: false,
      special: false,
      keepers: { rotation, namespaces: namespaces.join(), clusterResources: String(clusterResources) },
    },
    // Only a name: it depends on nothing.
    { ...(opts.parent && { parent: opts.parent }), ...(opts.aliases && { aliases: opts.aliases }) },
  ).result;
  const account = generation.apply((suffix) => `${ARGOCD_ACCOUNT.name}-${suffix}`);
  const stdin = all([caCertificate, adminCredentials, account]).apply(([certificate, credentials, accountName]) =>
    program("service-account-token", {
      ...accountInput(env, certificate, accountName),
      adminCredentials: credentials,
      objects: serviceAccountManifests(accountName, env.argocd),
    }),
  );
  const command = jobCommand(
    `${name}-token`,
    stdin,
    {
      create: "create",
      // For the administrator's new certificate, or a new version of this program. The job could get the token before in an
      // environment variable only, so it makes another one of the same account, which is revoked with the account.
      update: "create",
      delete: "delete",
      triggers: [account],
      logging: "stderr",
    },
    mergeOptions(opts, { additionalSecretOutputs: ["stdout", "stderr"] }),
  );
  return { account, token: secret(command.stdout) };
}

/**
 * Runs after the cluster's Secret: when its token has changed, waits until Argo CD has read it and checks that the token
 * works. While this fails, the old token is not revoked.
 */
export function awaitTokenRollover(
  name: string,
  env: ResolvedEnvironment,
  { caCertificate }: Certificates,
  { account, token }: Credential,
  opts: CustomResourceOptions,
): Command {
  const stdin = all([caCertificate, account, token]).apply(([certificate, accountName, plainToken]) =>
    program("service-account-token", {
      ...accountInput(env, certificate, accountName),
      objects: [],
      token: plainToken,
    }),
  );
  // No `create`: the first token replaces none.
  return jobCommand(name, stdin, { update: "verify", logging: "none" }, opts);
}

function accountInput({ names, argocd, readiness }: ResolvedEnvironment, caCertificate: string, account: string) {
  return {
    host: names.apiHost,
    port: names.apiPort,
    caCertificate,
    account: { name: account, namespace: ARGOCD_ACCOUNT.namespace },
    namespaces: argocd.namespaces,
    ...(argocd.clusterResources && { clusterResources: true }),
    timeoutSeconds: readiness.timeoutSeconds,
  };
}
