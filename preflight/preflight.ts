import * as pulumi from "@pulumi/pulumi";

import { stackIdentity } from "../components/kubernetes/ownership";
import type { ResolvedEnvironment } from "../components/resolve";
import { clientOf } from "../host/client";
import type { Host } from "../host/kubeconfig";
import { throwIfAny } from "../shared/errors";
import type { JsonObject } from "../shared/json";
import { dataLossProblems, restartReasons } from "./changes";
import { hostnameConflicts, ownerConflict } from "./conflicts";
import { type HostState, readHost } from "./host-state";

const PURPOSE = "conflicts with other environments and changes that lose data were not checked";

/**
 * What only the host can tell, before anything is registered: who has the names already, and what the configuration
 * would change in an environment that runs. A restart of the control plane is said; whatever cannot be read is said too.
 *
 * @throws ConfigurationError for names that others have, and for a change that would lose data and is not allowed
 */
export async function checkAgainstHost(s: ResolvedEnvironment, host: Host | undefined): Promise<void> {
  const { names } = s;
  const stack = stackIdentity();
  const state = await ask(host, names, stack, s.delivery);
  if (state === undefined) return;
  const values = await known(s.chartValues);
  throwIfAny(s.environment, [
    ...ownerConflict(names, state.owner, stack),
    ...hostnameConflicts(names, state.claims),
    ...dataLossProblems(s, values, state),
  ]);
  for (const health of state.unhealthyApplications) {
    await pulumi.log.warn(`The Application of the virtual cluster is not healthy: ${health}`);
  }
  const changed = state.statefulSet === undefined ? [] : restartReasons(values, state.values);
  if (changed.length > 0) {
    await pulumi.log.info(
      `The control plane will restart (data is kept); the API is unavailable until it is ready. ${changed.join(", ")}`,
    );
  }
}

async function ask(
  host: Host | undefined,
  names: Parameters<typeof readHost>[1],
  stack: string,
  delivery: string,
): Promise<HostState | undefined> {
  if (host === undefined) {
    await pulumi.log.warn(`The host is accessed from inside a pod or through a proxy: ${PURPOSE}.`);
    return undefined;
  }
  try {
    const state = await readHost(clientOf(host), names, stack, delivery);
    if (state.unreadable.length > 0) {
      await pulumi.log.warn(
        `No permission to read ${state.unreadable.join(", ")} on the host: the checks are incomplete.`,
      );
    }
    return state;
  } catch (error) {
    await pulumi.log.warn(`The host could not be read (${error instanceof Error ? error.message : "?"}): ${PURPOSE}.`);
    return undefined;
  }
}

/** Configuration is known at preview, secret or not. */
function known(values: pulumi.Output<JsonObject>): Promise<JsonObject> {
  return new Promise((resolve) => {
    values.apply((tree) => {
      resolve(tree);
    });
  });
}
