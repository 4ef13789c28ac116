import { log, output, type Output, type Resource, type ResourceTransformation, runtime } from "@pulumi/pulumi";

import { isMarked } from "../components/kubernetes/annotations";
import { IDENTITY_ANNOTATION } from "../components/kubernetes/ownership";
import { type HostClient, HostError, isTransient } from "../host/client";
import { liveObjects, type ManifestObject } from "../host/live-objects";
import type { JsonObject } from "../shared/json";
import { additions, without } from "./additions";
import { deletion, describe, type Difference, differences, lastWriter, title } from "./drift";
import { immutable, isImmutable, REFUSED } from "./immutable";
import { ignoring } from "./repair";
import { restore } from "./restore";
import { ownManagers } from "./writers";

/**
 * Fields that the API refuses to change, by kind. Pulumi makes the object again, where a refresh shows it the change. In a preview it
 * would try the new object beside the one that is there, which the API refuses, and the preview would end.
 */
const FIXED: Readonly<Record<string, string>> = {
  ClusterRoleBinding: "roleRef",
  RoleBinding: "roleRef",
  Secret: "type",
};

/** Others, for which Pulumi does not make the object again: its preview would end before the deletion that helps is named. */
const NAMED: Readonly<Record<string, string>> = { PriorityClass: "value" };

const MADE_AGAIN = "an update that refreshes the state, as a plain `pulumi up` does, makes the object again";

/**
 * Compares each declared object with the one on the host, and names the fields that differ and who wrote them, which Pulumi
 * does not. An update restores them here, because Pulumi leaves what is added to an object or at the end of a list.
 *
 * @param nameMissing whether an object is named that the state has and the host does not, which Pulumi does after a refresh only
 */
export function restoringOwn(host: HostClient, preview: boolean, nameMissing: boolean): ResourceTransformation {
  const find = liveObjects(host, "default");
  const whatIsMissing = async (object: ManifestObject) => ((await find(object)) === undefined ? [missing(object)] : []);
  return ({ resource, type, props, opts }) => {
    if (!type.startsWith("kubernetes:") || /helm\.sh|Patch$/.test(type) || opts.id !== undefined) return undefined;
    output(props).apply((declared: unknown) => {
      const object = declared as ManifestObject;
      return warning(resource, object, async () => {
        const found = await compare(host, find, object, preview);
        // The id is known of what is in the state: in a preview as it is read, in an update once the object has been made.
        if (found === undefined && nameMissing) {
          const { id } = resource as Resource & { readonly id: Output<string> };
          id.apply(() => warning(resource, object, () => whatIsMissing(object)));
        }
        return found ?? [];
      });
    });
    const kind = type.split(":").at(-1) ?? "";
    const fixed = FIXED[kind] ?? NAMED[kind];
    return preview && fixed !== undefined ? ignoring([fixed], props, opts) : undefined;
  };
}

/** Warns of what `find` returns, or that it found nothing out. The program does not end before, however slow the host is. */
async function warning(resource: Resource, object: ManifestObject, find: () => Promise<string[]>): Promise<void> {
  const done = runtime.rpcKeepAlive();
  try {
    for (const line of await find()) await log.warn(line, resource);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // Without permission to read it, or to connect: the provider says that.
    const isSaid = error.status === undefined ? !isTransient(error) : /^40[13]$/.test(String(error.status));
    if (!isSaid) await log.warn(notCompared(object, error), resource);
  } finally {
    done();
  }
}

function missing(object: ManifestObject): string {
  return (
    `${title(object)} is missing on the host, which a run with --refresh=false does not change. ` +
    "An update that refreshes the state, as a plain `pulumi up` does, makes it again."
  );
}

function notCompared(object: ManifestObject, { message }: HostError): string {
  return (
    `${title(object)} was not compared with the host (${message}): what others have changed or added there is not named, and what ` +
    "they have added stays. Fix: run it again; if it stays like this, `kubectl get --raw '/readyz?verbose'` names the part of the API that fails."
  );
}

/** @returns what to say of an object: what holds it, and the fields that differ; undefined where it is missing */
export async function compare(
  host: HostClient,
  find: ReturnType<typeof liveObjects>,
  object: ManifestObject,
  preview: boolean,
): Promise<string[] | undefined> {
  const found = await find(object);
  if (found === undefined) return undefined;
  const { live } = found;
  const changes = changesOf(object, live);
  const reduced = without(live, additions(object, live));
  const writtenIn = ({ desired }: Difference) => (desired === undefined ? live : reduced);
  const isFixed = ({ path }: Difference) => path[0] === FIXED[object.kind ?? ""];
  const stays = (one: Difference) => !isFixed(one) && isImmutable(object, one);
  const restorable = (now: JsonObject) => changesOf(object, now).filter((one) => !isFixed(one) && !stays(one));
  // What others may write as well, Pulumi restores, or conflicts.
  const restored = preview || !isMarked(object) ? [] : await restore(host, found, restorable);
  return [
    ...deletion(object, live),
    ...immutable(object, live, changes.filter(stays)).map(
      ({ difference, fix }) => `${difference}, and ${REFUSED}. Fix: ${fix}.`,
    ),
    ...changes
      .filter((one) => !stays(one))
      .map(
        (one) => `${describe(object, writtenIn(one), one)}; ${isFixed(one) ? MADE_AGAIN : "this update restores it"}.`,
      ),
    ...restored,
  ];
}

/** What others have added and changed. */
function changesOf(object: ManifestObject, live: JsonObject): Difference[] {
  const added = additions(object, live);
  const reduced = without(live, added);
  const isOurs = isMarked(object) ? ownManagers(object, live) : isAnyPulumis;
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
