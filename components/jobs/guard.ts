import { connect } from "../../host/client";
import type { HostInput } from "./applications-input";
import { checkHost, type NamespaceInput } from "./check-host";
import { deleteLeftovers } from "./helm-leftovers";
import { isForced, REQUEST_MS } from "./force";
import { run } from "./run";

/** Input of the job `guard`. */
export interface GuardInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
  /** Helm's release, where what a killed installation of it has left is deleted. */
  readonly release?: string;
}

/** Job: stops a destroy on a host that is not the environment's. */
export async function main({ host, environment, release }: GuardInput): Promise<void> {
  await run({
    "check-host": async () => {
      const client = connect({ ...host, env: process.env }, { requestMs: REQUEST_MS });
      await checkHost(client, environment, isForced());
      if (release !== undefined) await deleteLeftovers(client, environment.name, release);
      return undefined;
    },
  });
}
