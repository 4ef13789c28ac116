import { runtime } from "@pulumi/pulumi";

import { stackIdentity } from "../components/kubernetes/ownership";
import type { Names } from "../components/names";
import { type HostClient, HostError } from "../host/client";
import { throwIfAny } from "../shared/errors";
import { releaseConflict, unsavedConflict } from "./conflicts";
import {
  decodeRelease,
  describeInterrupted,
  encodeRelease,
  helmRecords,
  isInterrupted,
  type ReleaseNames,
  REMOVED,
} from "../host/helm-records";

/**
 * Clears what an operation of Helm that was killed has left, because Helm starts nothing on such a release. Without its
 * pending record, Helm continues from the one before, or adopts the objects of a first install. A release that it was
 * uninstalling, or has uninstalled with its history kept, counts as failed then: the next upgrade makes again what is gone.
 *
 * Requires that no operation works on the release.
 */
export async function clearInterrupted(host: HostClient, { namespace, release }: ReleaseNames): Promise<void> {
  for (const secret of (await helmRecords(host, { namespace, release })).own) {
    const status = secret.metadata?.labels?.["status"];
    if (!isInterrupted(status)) continue;
    const path = `/api/v1/namespaces/${namespace}/secrets/${secret.metadata?.name ?? ""}`;
    const record = decodeRelease(secret);
    if (record === undefined || !REMOVED.includes(status ?? "")) {
      await host.remove(path);
      continue;
    }
    const failed = { ...record, info: { ...record.info, status: "failed" } };
    await host.patch(path, { metadata: { labels: { status: "failed" } }, data: { release: encodeRelease(failed) } });
  }
}

/**
 * Lets an update of the release's own stack continue after a run that was killed. Pulumi's lock excludes other runs of the
 * stack; `pulumi cancel` removes it, and requires that no run is in progress.
 *
 * @param preview true: nothing is changed
 * @returns what to say about it
 * @throws ConfigurationError where the records may not be changed
 */
export async function continueInterrupted(
  host: HostClient,
  { names, environment }: { names: Names; environment: string },
  status: string,
  preview: boolean,
): Promise<string> {
  try {
    if (!preview) await clearInterrupted(host, names);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throwIfAny(environment, releaseConflict(names, status));
  }
  return (
    `The Helm release ${names.release} is ${status}: ${describeInterrupted(status)}. This update clears that and goes on; ` +
    "make sure that nobody works on the release by Helm itself. [release-pending]"
  );
}

/**
 * Lets Pulumi create a release that is there and not in the state: a run was killed after Helm had installed it, and before it
 * was saved. Helm installs nothing under a name that has a record; without one it adopts the objects.
 *
 * Requires that the namespace has this environment's identity, and that the state does not have the release.
 *
 * @returns what to say about it
 * @throws ConfigurationError where the records may not be changed
 */
export async function continueUnsaved(
  host: HostClient,
  { names, environment }: { names: Names; environment: string },
): Promise<string> {
  try {
    for (const { metadata } of (await helmRecords(host, names)).own) {
      await host.remove(`/api/v1/namespaces/${names.namespace}/secrets/${metadata?.name ?? ""}`);
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throwIfAny(environment, [unsavedConflict(names, error.message)]);
  }
  return (
    `The Helm release ${names.release} is on the host and not in the state, as after a run that was killed before it was saved. This ` +
    "update installs it again over its objects, which stay."
  );
}

/** Outputs of resources in a state. */
interface Saved {
  readonly type: string;
  readonly outputs?: Readonly<Partial<Record<"name" | "namespace" | "kubeconfig", unknown>>> & {
    readonly status?: { readonly status?: unknown };
  };
}

/** Whether the state has the release, or cannot be read. Takes a third of a second: for reading beside something else. */
export async function isInState({ namespace, release }: Names): Promise<boolean> {
  return hasSaved(
    ({ type, outputs: of }) =>
      type === "kubernetes:helm.sh/v3:Release" && of?.namespace === namespace && of.name === release,
  );
}

/**
 * Whether the control plane ran once, or the state cannot be read. Where the environment was ready, it has a kubeconfig among its
 * outputs, which a failed update and a refresh leave as they are. Otherwise Helm has waited for the pod. Takes a third of a second.
 */
export async function hasRun({ namespace }: Names): Promise<boolean> {
  return hasSaved(
    ({ outputs: of }) =>
      of?.namespace === namespace && (of.kubeconfig !== undefined || of.status?.status === "deployed"),
  );
}

/** Whether the stack's own state has such a resource, or cannot be read. */
async function hasSaved(isIt: (resource: Saved) => boolean): Promise<boolean> {
  const args = { stackName: stackIdentity() };
  const read = runtime.invoke("pulumi:pulumi:readStackResourceOutputs", args);
  // A backend may not know the stack by that name.
  const { outputs } = (await read.catch(() => ({}))) as { outputs?: Readonly<Record<string, Saved>> };
  return outputs === undefined || Object.values(outputs).some(isIt);
}
