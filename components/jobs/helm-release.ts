import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { decodeRelease, foreignRecords, helmRecords, manifestOf } from "../../host/helm-records";
import { liveObjects } from "../../host/live-objects";

/**
 * Deletes of a Helm release what does not go with its namespace, as Helm would, and Helm's records of it. An `up` after a
 * destroy that was interrupted installs it again: with the records Helm would refuse that, because the state has no release
 * any more.
 */
export async function deleteRelease(
  host: HostClient,
  namespace: string,
  release: string,
  log: (line: string) => void = console.error,
): Promise<void> {
  const find = liveObjects(host, namespace);
  /** Deletes what is there and is to be deleted; what the account may not see or delete is said. */
  const remove = async (what: string, look: () => Promise<string | undefined>) => {
    try {
      const url = await look();
      if (url === undefined) return;
      await host.remove(url);
      log(`Deleted ${what} of the Helm release ${release}.`);
    } catch (error) {
      if (!(error instanceof HostError) || (error.status !== 403 && error.status !== 404)) throw error;
      if (error.status === 404) return;
      log(
        `${what} of the Helm release ${release} was not deleted: ${error.message}\nFix: delete it as an account that may. ` +
          "[release-not-deleted]",
      );
    }
  };
  const { own: records } = await helmRecords(host, { namespace, release });
  for (const object of records.flatMap((record) => manifestOf(decodeRelease(record)))) {
    await remove(`${object.kind ?? ""} ${object.metadata?.name ?? ""}`, async () => {
      const { url = "", live } = (await find(object)) ?? {};
      const { annotations = {} } = (live as KubernetesObject | undefined)?.metadata ?? {};
      const isOwn =
        annotations["meta.helm.sh/release-name"] === release &&
        annotations["meta.helm.sh/release-namespace"] === namespace;
      const stays = url.includes(`/namespaces/${namespace}/`) || annotations["helm.sh/resource-policy"] === "keep";
      return isOwn && !stays ? url : undefined;
    });
  }
  for (const { metadata: { name = "" } = {} } of records) {
    await remove(`the record ${name}`, () => Promise.resolve(`/api/v1/namespaces/${namespace}/secrets/${name}`));
  }
}

/** Before Helm uninstalls the release. @throws Error where Helm would take another Secret for a record of it */
export async function checkRecords(host: HostClient, namespace: string, release: string): Promise<void> {
  const names = { namespace, release };
  const problem = foreignRecords(names, (await helmRecords(host, names)).foreign);
  if (problem !== undefined) throw new Error(problem);
}
