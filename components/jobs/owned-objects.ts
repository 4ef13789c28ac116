import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { CodedError } from "../../shared/coded";
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
 * Known by their annotations. One that has none of them, or another owner, is left, with a line in the log. So is one that
 * the account may not read or change, and with `force` any.
 *
 * @throws Error that names those that nothing would delete, while the namespace is still there
 */
export async function restoreOwner(
  host: HostClient,
  { name, uid }: NamespaceInput,
  { paths, annotations }: OwnedObjects,
  force: boolean,
  log: (line: string) => void = console.error,
): Promise<void> {
  const ownerReferences = [{ apiVersion: "v1", kind: "Namespace", name, uid }];
  /** @returns what keeps it from being given back, where that stops the destroy */
  const restore = async (path: string, last = false): Promise<string | undefined> => {
    try {
      const { metadata } = (await host.find<KubernetesObject>(path)) ?? {};
      if (metadata === undefined || metadata.ownerReferences?.some((owner) => owner.uid === uid)) return undefined;
      const isMarked = Object.entries(annotations).every(([key, value]) => metadata.annotations?.[key] === value);
      if (!isMarked || (metadata.ownerReferences ?? []).length > 0) {
        log(`${path} has the name of an object of this environment, but not its annotations and owner: it is left.`);
        return undefined;
      }
      // With its resourceVersion: a concurrent change is refused.
      await host.patch(path, { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences } });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const { status, message } = error;
      if (status === 409 && !last) return restore(path, true);
      // Deleted since it was read.
      if (status === 404) return undefined;
      const problem = `${path} may be left: ${message}`;
      if (status !== 403 && !force) return problem;
      log(`${problem}\nFix: delete it by hand. [owner-not-restored]`);
    }
    return undefined;
  };
  const problems = (await Promise.all(paths.map((path) => restore(path)))).filter((one) => one !== undefined);
  if (problems.length === 0) return;
  throw new CodedError(
    `${problems.join("\n")}\nThe namespace "${name}" was not deleted.\nFix: destroy again; if that does not help, remove what the ` +
      "host reports. Or set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on, and delete by hand " +
      "afterwards what is left.",
    "owner-not-restored",
  );
}
