import { load } from "js-yaml";

import { configSecretName, type Names } from "../components/names";
import type { HostClient, KubernetesObject, Secret } from "../host/client";
import {
  decodeRelease,
  type ForeignRecord,
  foreignRecords,
  helmRecords,
  parseManifest,
  revisionOf,
  SUPERSEDED,
  unreadableRecords,
} from "../host/helm-records";
import { type LiveObject, liveObjects, type ManifestObject } from "../host/live-objects";
import { fromBase64 } from "../shared/base64";
import { UserError } from "../shared/errors";
import { getIn, isPlainObject, type JsonObject } from "../shared/json";
import { additions, without } from "./additions";
import { asKept, deletion, describe, type Difference, differences, fieldWriter, title } from "./drift";
import { type Immutable, immutable } from "./immutable";
import { isHelms } from "./writers";

/** A Helm release on the host beside the objects that it should have. */
export interface ReleaseState {
  /** Status as Helm records it: `deployed`, `failed`, `pending-upgrade`. */
  readonly status: string;
  /** What differs on the host, one line per field or missing object; empty where nothing does. */
  readonly drift: readonly string[];
  /** Who made the newest revision, where that was not Pulumi: its values may be others than the declared ones. */
  readonly changedBy?: string;
  /** When its record was last written, by the API server's clock; undefined where the API did not record it. */
  readonly recordedAt?: string;
  /** Whether the configuration is another one on the host: the control plane may have started with it. */
  readonly reconfigured?: boolean;
  /**
   * The record whose manifest is no YAML here, so that nothing was compared. Helm may read it: Go's parser accepts tags of an
   * application, for example.
   */
  readonly unparsed?: string;
  /** What of it cannot be restored, because it is being deleted: {@link deletion}. */
  readonly deleting: readonly string[];
  /** What of it no upgrade can restore, so that each fails. */
  readonly immutable?: readonly Immutable[];
  /** Of the drift, what Helm leaves as it is, and an update removes by itself. */
  readonly added?: readonly { readonly object: LiveObject; readonly declared: ManifestObject }[];
  /** Chart values that it was given, without the chart's own. */
  readonly values: JsonObject;
  /** The same with the chart's own, as Helm wrote them for the control plane; undefined where its last operation did not succeed. */
  readonly running?: JsonObject;
}

/** Secrets because of which Helm would see another release than there is. */
export interface RecordProblems {
  /** What Helm would take for records as well. */
  readonly foreign: readonly ForeignRecord[];
  /** Names of records that cannot be decoded. */
  readonly unreadable: readonly string[];
}

/** Before Helm does anything. @throws UserError where it would take another Secret for a record, or cannot read one */
export function requireRecords(names: Names, { foreign, unreadable }: RecordProblems): void {
  const problem = foreignRecords(names, foreign) ?? unreadableRecords(names, unreadable);
  if (problem !== undefined) throw new UserError(problem);
}

/**
 * The newest record of the environment's release, compared with the live objects of its manifest. Helm restores all of
 * it at its next upgrade, but does not look by itself.
 *
 * @returns the release by the records that are Helm's and can be read, undefined where there are none; and the others
 */
export async function readRelease(
  api: HostClient,
  names: Names,
): Promise<{ release: ReleaseState | undefined; records: RecordProblems }> {
  const { own, foreign } = await helmRecords(api, names);
  const last = Math.max(...own.map(revisionOf));
  // Helm goes on from the newest, and that is a superseded one where the record after it was deleted.
  const isLast = (secret: Secret) => revisionOf(secret) === last || secret.metadata?.labels?.["status"] !== SUPERSEDED;
  const records = own.filter(isLast).map((secret) => {
    const release = decodeRelease(secret);
    return { secret, read: release && { ...release, writers: writers(secret), recordedAt: lastWrite(secret), secret } };
  });
  const unreadable = records.filter(({ read }) => read === undefined).map(({ secret }) => secret.metadata?.name ?? "");
  const [newest] = records.flatMap(({ read }) => read ?? []).sort((a, b) => b.version - a.version);
  const problems = { foreign, unreadable };
  if (newest === undefined) return { release: undefined, records: problems };
  const manifest = parseManifest(newest);
  const objects = manifest ?? [];
  const find = liveObjects(api, names.namespace);
  const isConfig = ({ kind, metadata }: ManifestObject) =>
    kind === "Secret" && metadata?.name === configSecretName(names.release);
  const status = newest.info?.status ?? "unknown";
  // Of a failed upgrade, the control plane may have the configuration or not.
  const running = status === "deployed" ? configIn(objects.find(isConfig)) : undefined;
  const states = await Promise.all(
    objects.map(async (object) => {
      const found = await find(object);
      if (found === undefined)
        return { drift: [`${title(object)} is missing`], deleting: [], added: [], immutable: [] };
      const { live } = found;
      const added = additions(object, live);
      const reduced = without(live, added);
      const changed = differences(object, reduced).filter((one) => !isRewritten(reduced, one));
      // What is missing has no writer, and may be new in an upgrade that failed.
      const isHelmsOwn = (found.live as KubernetesObject).metadata?.managedFields?.some(({ manager = "" }) =>
        isHelms(manager),
      );
      const byHand = changed.filter(({ actual }) => actual !== undefined || isHelmsOwn !== true);
      return {
        drift: [
          ...changed.map((one) => describe(object, reduced, one)),
          ...added.map((one) => describe(object, live, one)),
        ],
        deleting: deletion(object, live),
        immutable: immutable(object, live, [...byHand, ...added]),
        reconfigured: isConfig(object) && changed.length > 0,
        added: added.length > 0 ? [{ object: found, declared: object }] : [],
      };
    }),
  );
  const release: ReleaseState = {
    status,
    drift: states.flatMap(({ drift }) => drift),
    ...(newest.writers.length > 0 && { changedBy: newest.writers.join(", ") }),
    ...(newest.recordedAt !== undefined && { recordedAt: newest.recordedAt }),
    ...(states.some(({ reconfigured }) => reconfigured) && { reconfigured: true }),
    ...(manifest === undefined && { unparsed: newest.secret.metadata?.name ?? "" }),
    deleting: states.flatMap(({ deleting }) => deleting),
    ...(states.some(({ added }) => added.length > 0) && { added: states.flatMap(({ added }) => added) }),
    ...(states.some((one) => one.immutable.length > 0) && { immutable: states.flatMap((one) => one.immutable) }),
    values: newest.config ?? {},
    ...(running && { running }),
  };
  return { release, records: problems };
}

/** The file that the chart gives to the control plane, in which its own defaults are filled in; undefined where it is no YAML. */
export function configIn(secret: JsonObject | undefined): JsonObject | undefined {
  const data = getIn(asKept(secret ?? {}), "data", "config.yaml");
  try {
    const values: unknown = typeof data === "string" ? load(fromBase64(data)) : undefined;
    return isPlainObject(values) ? values : undefined;
  } catch {
    // The parser's error would quote the file, which may hold secrets.
    return undefined;
  }
}

/**
 * True for what is another value since Helm's own write, by an admission webhook that rewrites images for example. An upgrade
 * would end the same. What is missing has no writer: an item that is taken out of a list leaves the list its writers.
 */
function isRewritten(live: JsonObject, { path, desired, actual }: Difference): boolean {
  if (actual === undefined) return false;
  if (Array.isArray(desired) && Array.isArray(actual) && actual.length < desired.length) return false;
  return isHelms(fieldWriter(live, path) ?? "");
}

/** Who wrote a record of Helm; none where Pulumi did, or where the API did not record it. */
function writers({ metadata }: Secret): string[] {
  const names = (metadata?.managedFields ?? []).flatMap(({ manager }) => manager ?? []);
  return names.some((name) => name.startsWith("pulumi-")) ? [] : names;
}

function lastWrite({ metadata }: Secret): string | undefined {
  const written = (metadata?.managedFields ?? []).flatMap(({ time }) => time ?? []);
  const created = metadata?.creationTimestamp;
  if (written.length === 0 || created === undefined) return undefined;
  return [...written, created].sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
}
