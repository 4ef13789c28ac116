import { log, output, type ResourceTransformation } from "@pulumi/pulumi";

import { IDENTITY_ANNOTATION } from "../components/kubernetes/ownership";
import { type HostClient, HostError } from "../host/client";
import { liveObjects, type ManifestObject } from "../host/live-objects";
import type { JsonObject } from "../shared/json";
import { additions, without } from "./additions";
import { deletion, describe, type Difference, differences, lastWriter } from "./drift";
import { restore } from "./restore";
import { isOwn, ownManagers } from "./writers";

/**
 * Compares each declared object with the one on the host, and names the fields that differ and who wrote them, which Pulumi
 * does not. An update restores them here, because Pulumi leaves what is added to an object or at the end of a list.
 */
export function restoringOwn(host: HostClient, preview: boolean): ResourceTransformation {
  const find = liveObjects(host, "default");
  return ({ resource, type, props, opts }) => {
    if (!type.startsWith("kubernetes:") || /helm\.sh|Patch$/.test(type) || opts.id !== undefined) return undefined;
    output(props).apply(async (declared: unknown) => {
      try {
        for (const line of await compare(host, find, declared as ManifestObject, preview))
          await log.warn(line, resource);
      } catch (error) {
        // Without permission to read it, or to connect: the provider says that.
        if (!(error instanceof HostError)) throw error;
      }
    });
    return undefined;
  };
}

/** @returns what to say of an object: what holds it, and the fields that differ. None where it is as declared, or missing */
export async function compare(
  host: HostClient,
  find: ReturnType<typeof liveObjects>,
  object: ManifestObject,
  preview: boolean,
): Promise<string[]> {
  const found = await find(object);
  if (found === undefined) return []; // It is new, or the refresh says that it is gone.
  const { live } = found;
  const changes = changesOf(object, live);
  const reduced = without(live, additions(object, live));
  const writtenIn = ({ desired }: Difference) => (desired === undefined ? live : reduced);
  // What others may write as well, Pulumi restores, or conflicts.
  const restored = preview || !isOwn(object) ? [] : await restore(host, found, (now) => changesOf(object, now));
  return [
    ...deletion(object, live),
    ...changes.map((one) => `${describe(object, writtenIn(one), one)}; this update restores it.`),
    ...restored,
  ];
}

/** What others have added and changed. */
function changesOf(object: ManifestObject, live: JsonObject): Difference[] {
  const added = additions(object, live);
  const reduced = without(live, added);
  const isOurs = isOwn(object) ? ownManagers(object, live) : isAnyPulumis;
  const changed = differences(object, reduced).filter(({ path, actual }) => {
    const key = path.at(-1) ?? "";
    // Of a namespace that is adopted, which preflight says, and what is for Pulumi.
    if (key === IDENTITY_ANNOTATION || key.startsWith("pulumi.com/")) return false;
    const writer = lastWriter(reduced, path);
    // A field without a writer is new in the configuration, and one that this program wrote is of an earlier configuration.
    return writer === undefined ? actual !== undefined : !isOurs(writer);
  });
  return [...added, ...changed];
}

/** Of a shared object, which the programs of several stacks write. */
function isAnyPulumis(manager: string): boolean {
  return manager.startsWith("pulumi-kubernetes");
}
