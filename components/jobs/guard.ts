import { connect } from "../../host/client";
import type { HostInput } from "./applications-input";
import { checkHost, type NamespaceInput } from "./check-host";
import { isForced, REQUEST_MS } from "./force";
import { checkRecords, deleteClusterRoles, deleteRelease } from "./helm-release";
import { type OwnedObjects, restoreOwner } from "./owned-objects";
import { run } from "./run";

/** Input of the job `guard`. */
export interface GuardInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
  readonly release?: GuardedRelease;
  /** What is to be deleted after the namespace. */
  readonly owned?: OwnedObjects;
}

/** Helm's release, and whether it goes with the namespace: what it has beside that is deleted then. Else Helm uninstalls it. */
export interface GuardedRelease {
  readonly name: string;
  readonly goesWithNamespace: boolean;
}

/** Job: stops a destroy on a host that is not the environment's. */
export async function main({ host, environment, release, owned }: GuardInput): Promise<void> {
  await run({
    "check-host": async () => {
      const client = connect({ ...host, env: process.env }, { requestMs: REQUEST_MS });
      const force = isForced();
      const isThere = await checkHost(client, environment, force);
      // With a provider of the component's own, an update that leaves Argo CD deletes the guard and nothing else.
      const goes = release?.goesWithNamespace ?? true;
      if (isThere && owned !== undefined) await restoreOwner(client, environment, owned, force || !goes);
      if (release === undefined) return undefined;
      const deletion = { host: client, namespace: environment.name, release: release.name, force, log: console.error };
      if (!release.goesWithNamespace) await checkRecords(deletion);
      else if (isThere) await deleteRelease(deletion);
      else await deleteClusterRoles(deletion, "went with the namespace");
      return undefined;
    },
  });
}
