import { type HostClient, HostError, type KubernetesObject } from "../../host/client";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/**
 * Deletes what Helm has made beside the namespace, for a release that Pulumi does not know: its installation was killed
 * before it was in the state. What is in the namespace is deleted with it. Of any other release Helm has deleted all before.
 */
export async function deleteLeftovers(
  host: HostClient,
  namespace: string,
  release: string,
  log: (line: string) => void = console.error,
): Promise<void> {
  for (const kind of ["clusterrolebindings", "clusterroles"]) {
    try {
      for (const { metadata } of await host.list<KubernetesObject>(`${RBAC}/${kind}`)) {
        const { name = "", annotations = {} } = metadata ?? {};
        const own =
          annotations["meta.helm.sh/release-name"] === release &&
          annotations["meta.helm.sh/release-namespace"] === namespace;
        if (!own) continue;
        await host.remove(`${RBAC}/${kind}/${name}`);
        log(`Deleted ${kind}/${name}, which a killed installation of ${release} had left.`);
      }
    } catch (error) {
      if (!(error instanceof HostError) || error.status !== 403) throw error;
      log(`What a killed installation may have left in ${kind} was not looked for: ${error.message}`);
    }
  }
}
