import { Command } from "@pulumi/command/local";
import { all, type CustomResourceOptions, type Output } from "@pulumi/pulumi";

import type { Settings } from "../config/defaults";
import type { ReadinessInput } from "../jobs/api-readiness";
import { INTERPRETER, program } from "../jobs/job";
import { API_PORT, type Names } from "../names";
import type { Certificates } from "../vcluster/certificates";
import type { InstalledVirtualCluster } from "../vcluster/install";

/** The way to the virtual API, as far as it is looked at. */
export interface ApiEndpoint {
  readonly names: Names;
  readonly certificates: Certificates;
  readonly delivered: Pick<InstalledVirtualCluster, "revision">;
  readonly settings: Pick<Settings, "ingress" | "readiness" | "argocd">;
}

/**
 * Waits until the API answers at its public URL with the virtual cluster's own certificate. Looks again whenever the
 * virtual cluster or the ingress has changed. A failure names the failed check: DNS, port, TLS, ingress class, passthrough,
 * certificate or API.
 */
export function awaitReadiness(name: string, way: ApiEndpoint, opts: CustomResourceOptions): Command {
  const stdin = way.certificates.caCertificate.apply((authority) => program("api-readiness", input(way, authority)));
  return wait(name, way, stdin, [JSON.stringify(way.settings.ingress)], opts);
}

/**
 * Waits until Argo CD's credential works: the API takes the token and lets it read in its scope, with a certificate that
 * has the in-cluster name. Looks again whenever the virtual cluster or the token has changed. Why this shows what Argo CD
 * will see from inside: docs/decisions, "How Argo CD's credential is tried". A failure names the failed check, which can
 * be RBAC as well.
 */
export function awaitCredential(
  name: string,
  way: ApiEndpoint,
  token: Output<string>,
  opts: CustomResourceOptions,
): Command {
  const { namespaces } = way.settings.argocd;
  const root = "/api/v1/namespaces";
  const reads = namespaces.length === 0 ? [root] : namespaces.map((namespace) => `${root}/${namespace}/configmaps`);
  const stdin = all([way.certificates.caCertificate, token]).apply(([authority, text]) => {
    const client = {
      name: "Argo CD",
      token: text,
      host: way.names.inClusterHost,
      reads: reads.map((path) => `${path}?limit=1`),
    };
    return program("api-readiness", { ...input(way, authority), client });
  });
  return wait(name, way, stdin, [], opts);
}

function input({ names, settings: { ingress, readiness } }: ApiEndpoint, caCertificate: string): ReadinessInput {
  const suffix = ingress.className === undefined ? "" : ` of class "${ingress.className}"`;
  return {
    host: names.apiHost,
    port: API_PORT,
    caCertificate,
    timeoutSeconds: readiness.timeoutSeconds,
    route: `${names.namespace}/${names.ingress}${suffix}`,
    pod: `-n ${names.namespace} ${names.pod}`,
  };
}

function wait(
  name: string,
  { delivered }: ApiEndpoint,
  stdin: Output<string>,
  triggers: string[],
  opts: CustomResourceOptions,
): Command {
  return new Command(
    name,
    {
      interpreter: INTERPRETER,
      create: "wait-for-api",
      stdin,
      // Another input is an update, which runs the command again as well.
      triggers: [delivered.revision, ...triggers],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    opts,
  );
}
