import type { Names } from "../components/names";
import { type HostClient, HostError, type Secret } from "../host/client";
import { throwIfAny } from "../shared/errors";
import { releaseConflict } from "./conflicts";
import { decodeRelease, describeInterrupted, encodeRelease, INTERRUPTED, REMOVED } from "../host/helm-records";

type ReleaseNames = Pick<Names, "namespace" | "release">;

/**
 * Clears what an operation of Helm that was killed has left, because Helm starts nothing on such a release. Without its
 * pending record, Helm continues from the one before, or adopts the objects of a first install. A release that it was
 * uninstalling, or has uninstalled with its history kept, counts as failed then: the next upgrade makes again what is gone.
 *
 * Requires that no operation works on the release.
 */
export async function clearInterrupted(host: HostClient, { namespace, release }: ReleaseNames): Promise<void> {
  const selector = encodeURIComponent(`owner=helm,name=${release},status in (${INTERRUPTED.join()})`);
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  for (const secret of await host.list<Secret>(`${secrets}?labelSelector=${selector}`)) {
    const path = `${secrets}/${secret.metadata?.name ?? ""}`;
    if (!REMOVED.includes(secret.metadata?.labels?.["status"] ?? "")) {
      await host.remove(path);
      continue;
    }
    const record = decodeRelease(secret);
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
