import { type HostClient, HostError, type KubernetesObject } from "../../host/client";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/**
 * Deletes of a Helm release what does not go with its namespace, and Helm's records of it. An `up` after a destroy that was
 * interrupted installs it again: with the records Helm would refuse that, because the state has no release any more.
 */
export async function deleteRelease(
  host: HostClient,
  namespace: string,
  release: string,
  log: (line: string) => void = console.error,
): Promise<void> {
  const isOf = ({ metadata: { annotations = {} } = {} }: KubernetesObject) =>
    annotations["meta.helm.sh/release-name"] === release && annotations["meta.helm.sh/release-namespace"] === namespace;
  const records = encodeURIComponent(`owner=helm,name=${release}`);
  for (const [path, query, own] of [
    [`${RBAC}/clusterrolebindings`, "", isOf],
    [`${RBAC}/clusterroles`, "", isOf],
    [`/api/v1/namespaces/${namespace}/secrets`, `?labelSelector=${records}`, () => true],
  ] as const) {
    const kind = path.slice(path.lastIndexOf("/") + 1);
    try {
      for (const object of (await host.list<KubernetesObject>(path + query)).filter(own)) {
        const name = object.metadata?.name ?? "";
        await host.remove(`${path}/${name}`);
        log(`Deleted ${kind}/${name} of the Helm release ${release}.`);
      }
    } catch (error) {
      if (!(error instanceof HostError) || error.status !== 403) throw error;
      log(
        `${kind} of the Helm release ${release} were not deleted: ${error.message}\nFix: delete them as an account that may; ` +
          `\`kubectl get ${kind} -A -o yaml\` shows them by meta.helm.sh/release-name. [release-not-deleted]`,
      );
    }
  }
}
