import { Command } from "@pulumi/command/local";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { all, type CustomResourceOptions, mergeOptions, type Output, secret } from "@pulumi/pulumi";

import { DELETE_AT_ONCE } from "./annotations";
import type { Certificates } from "./certificates";
import { API_PORT, ARGOCD_ACCOUNT, type Names } from "./names";
import { INTERPRETER, program } from "./program";

/**
 * A token of Argo CD's own service account inside the virtual cluster, bound to `cluster-admin` there.
 *
 * Asked for at the API itself and not by the chart's `exportKubeConfig.additionalSecrets`: that Secret appears at an
 * unknown time after the pod is ready, changing it restarts the control plane, and what it made is never revoked.
 */
export function argocdToken(
  name: string,
  names: Names,
  { authority, administrator }: Certificates,
  timeoutSeconds: number,
  opts: CustomResourceOptions,
): Output<string> {
  const stdin = all([authority, administrator]).apply(([certificate, credentials]) =>
    program("credential", {
      host: names.apiHost,
      port: API_PORT,
      authority: certificate,
      administrator: credentials,
      account: ARGOCD_ACCOUNT,
      clusterRole: "cluster-admin",
      timeoutSeconds,
    }),
  );
  const command = new Command(
    name,
    {
      interpreter: INTERPRETER,
      create: "create",
      delete: "delete",
      stdin: secret(stdin),
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    mergeOptions(opts, { additionalSecretOutputs: ["stdin", "stdout", "stderr"] }),
  );
  return secret(command.stdout);
}

/** Registers the virtual cluster with Argo CD, at its in-cluster URL: Argo CD does not depend on the ingress. */
export function argocdCluster(
  name: string,
  names: Names,
  namespace: string,
  authority: Output<string>,
  token: Output<string>,
  opts: CustomResourceOptions,
): Secret {
  const config = all([authority, token]).apply(([caData, bearerToken]) =>
    base64(JSON.stringify({ bearerToken, tlsClientConfig: { caData } })),
  );
  return new Secret(
    name,
    {
      metadata: {
        name: names.argocdCluster,
        namespace,
        labels: { "argocd.argoproj.io/secret-type": "cluster" },
        annotations: DELETE_AT_ONCE,
      },
      type: "Opaque",
      // Not stringData: server-side apply does not see that a key of it is gone.
      data: { name: base64(names.argocdCluster), server: base64(names.inClusterUrl), config },
    },
    opts,
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
