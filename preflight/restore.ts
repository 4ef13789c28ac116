import { isDeepStrictEqual } from "node:util";

import { type HostClient, HostError, type KubernetesObject } from "../host/client";
import type { LiveObject } from "../host/live-objects";
import { join } from "../shared/errors";
import { getIn, type JsonObject } from "../shared/json";
import { type Difference, pointer, title } from "./drift";
import { RESTORING } from "./writers";

/**
 * Writes the declared values over those of others, and removes what others have added, as long as both are what was seen.
 * Where that fails, the object is read and compared again, and written once more: Pulumi may have restored a part of it.
 *
 * @returns what to say where the host refuses it, the object changes all the time, or the host adds again what was removed
 */
export async function restore(
  api: HostClient,
  { url, live }: LiveObject,
  compare: (live: JsonObject) => readonly Difference[],
): Promise<string[]> {
  let found = compare(live);
  try {
    return await write(api, url, found, compare);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    let refusal = error;
    try {
      const again = await api.find(url);
      const left = again === undefined ? [] : compare(again);
      if (left.length === 0) return [];
      if (!isDeepStrictEqual(left, found)) {
        found = left;
        return await write(api, url, left, compare);
      }
    } catch (second) {
      if (!(second instanceof HostError)) throw second;
      refusal = second;
    }
    return [refused(live, found, refusal)];
  }
}

async function write(
  api: HostClient,
  url: string,
  differences: readonly Difference[],
  compare: (live: JsonObject) => readonly Difference[],
): Promise<string[]> {
  if (differences.length === 0) return [];
  const patch = differences.flatMap((difference) => {
    const { actual } = difference;
    const operation = restoring(difference);
    return actual === undefined ? [operation] : [{ op: "test", path: operation.path, value: actual }, operation];
  });
  const written = await api.patch(`${url}?fieldManager=${RESTORING}`, patch);
  const removed = differences.filter(({ desired }) => desired === undefined).map(pointer);
  return compare(written)
    .filter((one) => one.desired === undefined && removed.includes(pointer(one)))
    .map(
      ({ path }) =>
        `${title(written)}: the host adds ${path.reduce(join, "")} again when it is removed, so every update removes it. ` +
        "Fix: exempt the object from the admission webhook that adds it; if it is a default of the host's API, report it as a bug.",
    );
}

function restoring(difference: Difference) {
  const path = pointer(difference);
  if (difference.desired === undefined) return { op: "remove", path };
  return { op: difference.actual === undefined ? "add" : "replace", path, value: difference.desired };
}

function refused(live: KubernetesObject, differences: readonly Difference[], { message }: HostError): string {
  const { kind = "", metadata: { name = "", namespace } = {} } = live;
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  const refusal = `${kind} ${name} could not be restored (${message})`;
  // The API refuses every patch of it, `immutable` included. The update makes it again.
  if (getIn(live, "immutable") === true) {
    return `${refusal}: it is immutable, so it can only be deleted and made again. Fix: \`kubectl delete ${kind} ${name}${place}\`, then update again.`;
  }
  const operations = differences.map(restoring).filter(({ op }) => kind !== "Secret" || op === "remove");
  const fix = `kubectl patch ${kind} ${name}${place} --type json -p '${JSON.stringify(operations)}'`;
  return `${refusal}. Fix: update again; if that does not help, \`${fix}\`.`;
}
