import { Command } from "@pulumi/command/local";
import { all, type CustomResourceOptions, mergeOptions, type Output, secret } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";

import type { Settings } from "../config/defaults";
import { INTERPRETER, program } from "../jobs/job";
import { API_PORT, ARGOCD_ACCOUNT, type Names } from "../names";
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
 * Another `rotation` or another scope is another generation: an account of its own with a name of its own. Pulumi makes
 * the new one first and deletes the old one, which revokes its token, when everything else of the update is done.
 *
 * Asked for at the API itself and not by the chart's `exportKubeConfig.additionalSecrets`: that Secret appears at an
 * unknown time after the pod is ready, changing it restarts the control plane, and what it made is never revoked.
 */
export function argocdCredential(
  name: string,
  names: Names,
  { caCertificate, adminCredentials }: Certificates,
  { argocd, readiness }: Settings,
  opts: CustomResourceOptions,
): Credential {
  const { rotation, namespaces, clusterResources } = argocd;
  const generation = new RandomString(
    `${name}-generation`,
    {
      length: 8,
      upper: false,
      special: false,
      keepers: { rotation, namespaces: namespaces.join(), clusterResources: String(clusterResources) },
    },
    // It is only a name, and waits for nothing.
    { ...(opts.parent && { parent: opts.parent }), ...(opts.aliases && { aliases: opts.aliases }) },
  ).result;
  const account = generation.apply((suffix) => `${ARGOCD_ACCOUNT.name}-${suffix}`);
  const stdin = all([caCertificate, adminCredentials, account]).apply(([certificate, credentials, accountName]) =>
    program("service-account-token", {
      host: names.apiHost,
      port: API_PORT,
      caCertificate: certificate,
      adminCredentials: credentials,
      account: { name: accountName, namespace: ARGOCD_ACCOUNT.namespace },
      objects: serviceAccountManifests(accountName, argocd),
      namespaces,
      timeoutSeconds: readiness.timeoutSeconds,
    }),
  );
  const command = new Command(
    `${name}-token`,
    {
      interpreter: INTERPRETER,
      create: "create",
      // For the administrator's new certificate, or a new version of this program; the token stays.
      update: "update",
      delete: "delete",
      stdin: secret(stdin),
      triggers: [account],
      logging: "none",
      addPreviousOutputInEnv: true,
    },
    mergeOptions(opts, { additionalSecretOutputs: ["stdin", "stdout", "stderr"] }),
  );
  return { account, token: secret(command.stdout) };
}

/**
 * Comes after the cluster's Secret: when that has got another token, waits until Argo CD has read it and looks whether
 * the token works. While this fails, the token before is not revoked.
 */
export function awaitTokenRollover(
  name: string,
  names: Names,
  authority: Output<string>,
  { account, token }: Credential,
  { argocd, readiness }: Settings,
  opts: CustomResourceOptions,
): Command {
  const stdin = all([authority, account, token]).apply(([certificate, accountName, bearer]) =>
    program("service-account-token", {
      host: names.apiHost,
      port: API_PORT,
      caCertificate: certificate,
      account: { name: accountName, namespace: ARGOCD_ACCOUNT.namespace },
      objects: [],
      namespaces: argocd.namespaces,
      token: bearer,
      timeoutSeconds: readiness.timeoutSeconds,
    }),
  );
  return new Command(
    name,
    // Nothing at its creation: there is no token before.
    {
      interpreter: INTERPRETER,
      update: "verify",
      stdin: secret(stdin),
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    mergeOptions(opts, { additionalSecretOutputs: ["stdin"] }),
  );
}
