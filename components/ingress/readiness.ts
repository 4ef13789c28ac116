import { Command } from "@pulumi/command/local";
import { all, type CustomResourceOptions, type Output } from "@pulumi/pulumi";

import type { ResolvedEnvironment } from "../config/resolved";
import { argocdReads, type ReadinessInput } from "../jobs/api-readiness";
import { INTERPRETER, program } from "../jobs/job";
import type { Certificates } from "../vcluster/certificates";

/** The virtual cluster's API server, for checks. */
export interface ApiEndpoint {
  readonly certificates: Certificates;
  /** Changes with every update of the virtual cluster. */
  readonly revision: Output<unknown>;
}

/**
 * Waits until the API answers at its public URL with the virtual cluster's own certificate. Checks again whenever the
 * virtual cluster or the ingress has changed. A failure names the failed check: DNS, port, TLS, ingress class, passthrough,
 * certificate or API.
 */
export function awaitReadiness(
  name: string,
  env: ResolvedEnvironment,
  { certificates, revision }: ApiEndpoint,
  opts: CustomResourceOptions,
): Command {
  const stdin = certificates.caCertificate.apply((caCertificate) =>
    program("api-readiness", readinessInput(env, caCertificate)),
  );
  // The port is in the input.
  return waitForApi(name, stdin, [revision, JSON.stringify({ ...env.ingress, port: undefined })], opts);
}

/**
 * Waits until Argo CD's credential works: the API takes the token and lets it read in its scope, with a certificate that
 * has the in-cluster name. Checks again whenever the virtual cluster or the token has changed. Why this shows what Argo CD
 * will see from inside: docs/decisions/0007-how-argocds-credential-is-tried.md. A failure names the failed check, which can
 * be RBAC as well.
 */
export function awaitCredential(
  name: string,
  env: ResolvedEnvironment,
  { certificates, revision }: ApiEndpoint,
  token: Output<string>,
  opts: CustomResourceOptions,
): Command {
  const { namespaces, clusterResources } = env.argocd;
  const stdin = all([certificates.caCertificate, token]).apply(([caCertificate, plainToken]) => {
    const client = {
      name: "Argo CD",
      token: plainToken,
      host: env.names.inClusterHost,
      reads: argocdReads(namespaces, clusterResources),
    };
    return program("api-readiness", { ...readinessInput(env, caCertificate), client });
  });
  return waitForApi(name, stdin, [revision], opts);
}

function readinessInput({ names, ingress, readiness }: ResolvedEnvironment, caCertificate: string): ReadinessInput {
  const suffix = ingress.className === undefined ? "" : ` of class "${ingress.className}"`;
  return {
    host: names.apiHost,
    port: names.apiPort,
    caCertificate,
    timeoutSeconds: readiness.timeoutSeconds,
    route: `${names.namespace}/${names.ingress}${suffix}`,
    pod: `-n ${names.namespace} ${names.pod}`,
  };
}

function waitForApi(name: string, stdin: Output<string>, triggers: unknown[], opts: CustomResourceOptions): Command {
  return new Command(
    name,
    {
      interpreter: INTERPRETER,
      create: "wait-for-api",
      stdin,
      // Another input is an update, which runs the command again as well.
      triggers,
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    opts,
  );
}
