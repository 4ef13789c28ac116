import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import type { NamespaceInput } from "./check-host";

/** Objects outside of the namespace that it owns. */
export interface OwnedObjects {
  /** In the host's API. What is not there is none. */
  readonly paths: readonly string[];
  /** What all of them are annotated with. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Gives objects outside of the namespace the owner back that they have lost by hand, so that Kubernetes deletes them after the
 * namespace: Pulumi leaves them to that. Not deleted here, because the admission policies stay until the control plane is gone.
 *
 * Known by their annotations. One that has none of them, or another owner, is left, with a line in the log.
 */
export async function restoreOwner(
  host: HostClient,
  { name, uid }: NamespaceInput,
  { paths, annotations }: OwnedObjects,
  log: (line: string) => void = console.error,
): Promise<void> {
  const ownerReferences = [{ apiVersion: "v1", kind: "Namespace", name, uid }];
  const restore = async (path: string) => {
    try {
      const { metadata } = (await host.find<KubernetesObject>(path)) ?? {};
      if (metadata === undefined || metadata.ownerReferences?.some((owner) => owner.uid === uid)) return;
      const isMarked = Object.entries(annotations).every(([key, value]) => metadata.annotations?.[key] === value);
      if (!isMarked || (metadata.ownerReferences ?? []).length > 0) {
        log(`${path} has the name of an object of this environment, but not its annotations and owner: it is left.`);
        return;
      }
      // With its resourceVersion: a concurrent change is refused.
      await host.patch(path, { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences } });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      log(`${path} may be left: ${error.message}\nFix: delete it by hand. [owner-not-restored]`);
    }
  };
  await Promise.all(paths.map(restore));
}
