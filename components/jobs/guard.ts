import { connect } from "../../host/client";
import type { HostInput } from "./applications-input";
import { checkHost, type NamespaceInput } from "./check-host";
import { isForced, REQUEST_MS } from "./force";
import { deleteClusterRoles, deleteRelease } from "./helm-release";
import { run } from "./run";

/** Input of the job `guard`. */
export interface GuardInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
  /** Helm's release, where it is deleted after the check. What is in the namespace goes with that. */
  readonly release?: string;
}

/** Job: stops a destroy on a host that is not the environment's. */
export async function main({ host, environment, release }: GuardInput): Promise<void> {
  await run({
    "check-host": async () => {
      const client = connect({ ...host, env: process.env }, { requestMs: REQUEST_MS });
      const force = isForced();
      const isThere = await checkHost(client, environment, force);
      if (release === undefined) return undefined;
      const deletion = { host: client, namespace: environment.name, release, force, log: console.error };
      await (isThere ? deleteRelease : deleteClusterRoles)(deletion);
      return undefined;
    },
  });
}
