import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { decodeRelease, foreignRecords, helmRecords, manifestOf } from "../../host/helm-records";
import { liveObjects } from "../../host/live-objects";
import { CodedError } from "../../shared/coded";

/** A Helm release whose objects a job deletes. */
export interface Deletion {
  readonly host: HostClient;
  readonly namespace: string;
  readonly release: string;
  /** Whether to go on where something cannot be deleted. A lack of permission for one object stops no destroy. */
  readonly force: boolean;
  readonly log: (line: string) => void;
}

/**
 * Deletes of a Helm release what does not go with its namespace, as Helm would, and Helm's records of it. An `up` after a
 * destroy that was interrupted installs it again: with the records Helm would refuse that, because the state has no release
 * any more.
 *
 * Where records are missing or have no manifest, its ClusterRoles are found as those of a release whose namespace is gone.
 *
 * @throws Error that names the object that cannot be deleted, and what to do
 */
export async function deleteRelease(deletion: Deletion): Promise<void> {
  const { host, namespace } = deletion;
  const find = liveObjects(host, namespace);
  const found = await attempt(deletion, "Helm's records", [], () => helmRecords(host, deletion));
  const records = found?.own ?? [];
  const manifests = records.map((record) => manifestOf(decodeRelease(record)));
  for (const object of manifests.flat()) {
    await remove(deletion, `${object.kind ?? ""} ${object.metadata?.name ?? ""}`, async () => {
      const { url = "", live } = (await find(object)) ?? {};
      return isOwn(deletion, live) && !url.includes(`/namespaces/${namespace}/`) ? url : undefined;
    });
  }
  // None of them: the guard before this one has deleted them, nothing was installed, or they were deleted by hand.
  const areRead = found !== undefined && manifests.every(({ length }) => length > 0);
  if (!areRead) await deleteClusterRoles(deletion, "cannot all be read");
  else if (records.length === 0) await deleteClusterRoles(deletion);
  for (const { metadata: { name = "" } = {} } of records) {
    await remove(deletion, `the record ${name}`, () =>
      Promise.resolve(`/api/v1/namespaces/${namespace}/secrets/${name}`),
    );
  }
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const HELM_LABEL = "app.kubernetes.io/managed-by=Helm";

/**
 * Deletes the ClusterRoles and ClusterRoleBindings of a release without Helm's records of it. Only where the host is the
 * environment's: it knows them by the names of release and namespace, which another host may have too.
 *
 * @param records what became of them, for the log. @default - they are not there, which is nothing to log where no role is left
 */
export async function deleteClusterRoles(deletion: Deletion, records?: string): Promise<void> {
  const { host, namespace, release, log } = deletion;
  let isLogged = records !== undefined;
  for (const [kind, resource] of [
    ["ClusterRole", "clusterroles"],
    ["ClusterRoleBinding", "clusterrolebindings"],
  ] as const) {
    const path = `${RBAC}/${resource}`;
    const found = await attempt(deletion, `its ${kind}s`, [403], () =>
      host.list<KubernetesObject>(`${path}?labelSelector=${encodeURIComponent(HELM_LABEL)}`).catch((error: unknown) => {
        // Most likely there is nothing to find.
        if (records === undefined && error instanceof HostError && error.status === 403) return [];
        throw error;
      }),
    );
    for (const object of found?.filter((one) => isOwn(deletion, one)) ?? []) {
      const { name = "" } = object.metadata ?? {};
      isLogged = true;
      await remove(deletion, `${kind} ${name}`, () => Promise.resolve(`${path}/${name}`));
    }
  }
  if (!isLogged) return;
  const ofNamespace = `@.metadata.annotations.meta\\.helm\\.sh/release-namespace=="${namespace}"`;
  log(
    `Helm's records of the release ${release} ${records ?? "are not there"}: without them, only its ClusterRoles and ` +
      `ClusterRoleBindings are found. What is left of them: kubectl get clusterroles,clusterrolebindings -l ${HELM_LABEL} -o ` +
      `jsonpath='{range .items[?(${ofNamespace})]}{.kind}/{.metadata.name}{"\\n"}{end}'. What ` +
      "experimental.deploy.host.manifests made outside of the namespace has to be deleted by hand.",
  );
}

/** Whether an object on the host is the release's and does not outlive it. */
function isOwn({ namespace, release }: Deletion, live: KubernetesObject | undefined): boolean {
  const { annotations = {} } = live?.metadata ?? {};
  return (
    annotations["meta.helm.sh/release-name"] === release &&
    annotations["meta.helm.sh/release-namespace"] === namespace &&
    annotations["helm.sh/resource-policy"] !== "keep"
  );
}

/** Deletes what is there and is to be deleted. */
async function remove(deletion: Deletion, what: string, look: () => Promise<string | undefined>): Promise<void> {
  await attempt(deletion, what, [403], async () => {
    const url = await look();
    if (url === undefined) return;
    await deletion.host.remove(url);
    deletion.log(`Deleted ${what} of the Helm release ${deletion.release}.`);
  });
}

/** What an action returns; undefined for what is not there, and, with a line in the log, where the destroy goes on without it. */
async function attempt<T>(
  { release, force, log }: Deletion,
  what: string,
  logged: readonly number[],
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    const status = error instanceof HostError ? error.status : undefined;
    if (status === 404) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    const problem = `Not deleted of the Helm release ${release}: ${what}: ${reason}`;
    if (status !== undefined && logged.includes(status)) {
      log(`${problem}\nFix: delete it as an account that may. [release-not-deleted]`);
      return undefined;
    }
    if (force) {
      log(`${problem}\nGoing on (force). Fix: delete it by hand. [release-not-deleted]`);
      return undefined;
    }
    throw new CodedError(
      `${problem}\nFix: remove what the host reports (a conversion or admission webhook that does not work, a lack of ` +
        "permission), and destroy again. Or set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on, and " +
        "delete it by hand afterwards.",
      "release-not-deleted",
      { cause: error },
    );
  }
}

/** Before Helm uninstalls the release. @throws Error where Helm would take another Secret for a record of it */
export async function checkRecords({ host, ...names }: Deletion): Promise<void> {
  const problem = foreignRecords(names, (await helmRecords(host, names)).foreign);
  if (problem !== undefined) throw new Error(problem);
}
