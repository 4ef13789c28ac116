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
 * @throws Error that names the object that cannot be deleted, and what to do
 */
export async function deleteRelease(deletion: Deletion): Promise<void> {
  const { host, namespace } = deletion;
  const find = liveObjects(host, namespace);
  const records = (await attempt(deletion, "Helm's records", [], () => helmRecords(host, deletion)))?.own ?? [];
  for (const record of records) {
    for (const object of manifestOf(decodeRelease(record))) {
      await remove(deletion, `${object.kind ?? ""} ${object.metadata?.name ?? ""}`, async () => {
        const { url = "", live } = (await find(object)) ?? {};
        return isOwn(deletion, live) && !url.includes(`/namespaces/${namespace}/`) ? url : undefined;
      });
    }
  }
  for (const { metadata: { name = "" } = {} } of records) {
    await remove(deletion, `the record ${name}`, () =>
      Promise.resolve(`/api/v1/namespaces/${namespace}/secrets/${name}`),
    );
  }
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const HELM_LABEL = "app.kubernetes.io/managed-by=Helm";

/** Deletes the ClusterRoles and ClusterRoleBindings of a release whose namespace, and with it Helm's records, is gone. */
export async function deleteClusterRoles(deletion: Deletion): Promise<void> {
  const { host, namespace, release, log } = deletion;
  for (const [kind, resource] of [
    ["ClusterRole", "clusterroles"],
    ["ClusterRoleBinding", "clusterrolebindings"],
  ] as const) {
    const path = `${RBAC}/${resource}`;
    const found = await attempt(deletion, `its ${kind}s`, [403], () =>
      host.list<KubernetesObject>(`${path}?labelSelector=${encodeURIComponent(HELM_LABEL)}`),
    );
    for (const object of found?.filter((one) => isOwn(deletion, one)) ?? []) {
      const { name = "" } = object.metadata ?? {};
      await remove(deletion, `${kind} ${name}`, () => Promise.resolve(`${path}/${name}`));
    }
  }
  const ofNamespace = `@.metadata.annotations.meta\\.helm\\.sh/release-namespace=="${namespace}"`;
  log(
    `Helm's records of the release ${release} went with the namespace, so only its ClusterRoles and ClusterRoleBindings were ` +
      `looked for. What is left of them: kubectl get clusterroles,clusterrolebindings -l ${HELM_LABEL} -o ` +
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
