import { connect } from "../../host/client";
import type { HostInput } from "./applications-input";
import { checkHost, type NamespaceInput } from "./check-host";
import { isForced, REQUEST_MS } from "./force";
import { run } from "./run";

/** Input of the job `guard`. */
export interface GuardInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
}

/** Job: stops a destroy on a host that is not the environment's. */
export async function main({ host, environment }: GuardInput): Promise<void> {
  await run({
    "check-host": async () => {
      await checkHost(connect({ ...host, env: process.env }, { requestMs: REQUEST_MS }), environment, isForced());
      return undefined;
    },
  });
}
