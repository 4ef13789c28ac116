import { Command } from "@pulumi/command/local";
import type { CustomResourceOptions } from "@pulumi/pulumi";

import type { Certificates } from "./certificates";
import type { Delivered } from "./delivery";
import { API_PORT, type Names } from "./names";
import { INTERPRETER, program } from "./program";

/**
 * Waits until the API answers at its public URL with the virtual cluster's own certificate. Looks again whenever the
 * virtual cluster has changed. A failure names the broken link: DNS, port, TLS, passthrough, certificate or API.
 */
export function awaitReadiness(
  name: string,
  names: Names,
  { authority }: Certificates,
  { revision }: Pick<Delivered, "revision">,
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
      triggers: [revision],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    opts,
  );
}
