import type { Cluster } from "../../testing/cluster";
import { listObjects } from "../../testing/objects";

/** Whether an object, as {@link listObjects} has it, or its namespace is named after an environment. */
export function isNamedAfter(object: string, environment: string): boolean {
  return new RegExp(`\\b${environment}-vcluster\\b|-${environment}-`).test(object);
}

/** What the host has that is named after an environment, whatever its kind; empty when it is all gone. */
export async function namedAfter(host: Cluster, environment: string): Promise<string[]> {
  return [...(await listObjects(host)).keys()].filter((object) => isNamedAfter(object, environment)).sort();
}

/**
 * Waits until nothing is named after an environment any more: Kubernetes deletes what belongs to others a moment later.
 *
 * @param known left by an earlier failure, which has been reported
 */
export async function nothingNamedAfter(
  host: Cluster,
  environment: string,
  known: ReadonlySet<string> = new Set(),
): Promise<void> {
  const left = async () => (await namedAfter(host, environment)).filter((object) => !known.has(object));
  await host.waitFor(
    async () => {
      const objects = await left();
      if (objects.length > 0) throw new Error(objects.join("\n"));
      return true;
    },
    { what: `nothing to be named after ${environment}`, timeoutMs: 45_000, namespace: "default" },
  );
}
