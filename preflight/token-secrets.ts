import { type HostClient, HostError, type KubernetesObject, METADATA_ONLY } from "../host/client";
import { sourceNamespaces } from "../shared/vcluster/sync-mappings";

const TYPE = "kubernetes.io/service-account-token";
/** vCluster copies nothing from the host that has this label (`ExcludePhysical` in its `pkg/syncer/from_host_syncer.go`). */
const LEFT_OUT = "vcluster.loft.sh/managed-by";

/**
 * Tokens for the host's API among the Secrets that mappings bring into the virtual cluster, as `namespace/name`. They do not
 * last there: its controller deletes a token whose account it does not have, and the syncer copies it again. None where the
 * host does not let them be listed; preflight says elsewhere that it may not read Secrets.
 */
export async function findTokenSecrets(api: HostClient, mappings: Readonly<Record<string, string>>): Promise<string[]> {
  const query = `fieldSelector=${encodeURIComponent(`type=${TYPE}`)}&labelSelector=${encodeURIComponent(`!${LEFT_OUT}`)}`;
  const found = await Promise.all(
    sourceNamespaces(mappings).map(async (namespace) => {
      const secrets = await api
        .list<KubernetesObject>(`/api/v1/namespaces/${namespace}/secrets?${query}`, METADATA_ONLY)
        .catch((error: unknown) => {
          if (error instanceof HostError) return [];
          throw error;
        });
      return secrets.map(({ metadata }) => `${namespace}/${metadata?.name ?? ""}`);
    }),
  );
  return found.flat().filter((secret) => secret in mappings || `${secret.split("/")[0] ?? ""}/*` in mappings);
}

/** One warning for all of them. */
export function tokenSecretsWarning([first = "", ...more]: readonly string[]): string {
  const [namespace = "", name = ""] = first.split("/");
  return (
    `Secrets of the type ${TYPE} do not last in a virtual cluster, and tenants can read these tokens for the host: ` +
    `${[first, ...more].join(", ")}. Fix: leave them out with \`kubectl -n ${namespace} label secret ${name} ` +
    `${LEFT_OUT}=host\`, or move them to a namespace that is not mapped.`
  );
}
