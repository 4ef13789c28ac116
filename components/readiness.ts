import { Command } from "@pulumi/command/local";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import type { CustomResourceOptions } from "@pulumi/pulumi";

import type { Certificates } from "./certificates";
import { API_PORT, type Names } from "./names";
import { INTERPRETER, program } from "./program";

/**
 * Waits until the API answers at its public URL with the virtual cluster's own certificate. Looks again whenever the
 * release has changed. A failure names the broken link: DNS, port, TLS, passthrough, certificate or API.
 */
export function awaitReadiness(
  name: string,
  names: Names,
  { authority }: Certificates,
  release: Release,
  timeoutSeconds: number,
  opts: CustomResourceOptions,
): Command {
  const stdin = authority.apply((certificate) =>
    program("readiness", { host: names.apiHost, port: API_PORT, authority: certificate, timeoutSeconds }),
  );
  return new Command(
    name,
    {
      interpreter: INTERPRETER,
      create: "wait for the virtual cluster's API",
      stdin,
      triggers: [release.status.revision],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    opts,
  );
}
