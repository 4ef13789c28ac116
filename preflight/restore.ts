import { type HostClient, HostError, type KubernetesObject } from "../host/client";
import type { LiveObject } from "../host/live-objects";
import { type Difference, pointer } from "./drift";

/** The API records what is restored under this name. It counts as Pulumi's, and so as no change by others. */
const FIELD_MANAGER = "pulumi-kubernetes-restored";

/**
 * Writes the declared values over those of others, and removes what others have added, as long as both are what was seen.
 *
 * @returns what to say where that fails: the host refuses it, or the object has changed since
 */
export async function restore(
  api: HostClient,
  { url, live }: LiveObject,
  differences: readonly Difference[],
): Promise<string[]> {
  if (differences.length === 0) return [];
  const operations = differences.map((difference) => {
    const path = pointer(difference);
    if (difference.desired === undefined) return { op: "remove", path };
    return { op: difference.actual === undefined ? "add" : "replace", path, value: difference.desired };
  });
  const patch = operations.flatMap((operation, index) => {
    const value = differences[index]?.actual;
    return value === undefined ? [operation] : [{ op: "test", path: operation.path, value }, operation];
  });
  try {
    await api.patch(`${url}?fieldManager=${FIELD_MANAGER}`, patch);
    return [];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { kind = "", metadata: { name = "", namespace } = {} } = live as KubernetesObject;
    const place = namespace === undefined ? "" : ` -n ${namespace}`;
    const shown = kind === "Secret" ? operations.filter(({ op }) => op === "remove") : operations;
    const fix = `kubectl patch ${kind} ${name}${place} --type json -p '${JSON.stringify(shown)}'`;
    return [
      `${kind} ${name} could not be restored (${error.message}). Fix: update again; if that does not help, \`${fix}\`.`,
    ];
  }
}
