import { connect } from "../../host/client";
import type { HostInput } from "./applications-input";
import { checkHost, type NamespaceInput } from "./check-host";
import { isForced, REQUEST_MS } from "./force";
import { checkRecords, deleteRelease } from "./helm-release";
import { run } from "./run";

/** Input of the job `guard`. */
export interface GuardInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
  readonly release?: GuardedRelease;
}

/** Helm's release, and whether it goes with the namespace: what it has beside that is deleted then. Else Helm uninstalls it. */
export interface GuardedRelease {
  readonly name: string;
  readonly goesWithNamespace: boolean;
}

/** Job: stops a destroy on a host that is not the environment's. */
export async function main({ host, environment, release }: GuardInput): Promise<void> {
  await run({
    "check-host": async () => {
      const client = connect({ ...host, env: process.env }, { requestMs: REQUEST_MS });
      await checkHost(client, environment, isForced());
      if (release === undefined) return undefined;
      await (release.goesWithNamespace ? deleteRelease : checkRecords)(client, environment.name, release.name);
      return undefined;
    },
  });
}
