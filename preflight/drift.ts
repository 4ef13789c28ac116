import { loadAll } from "js-yaml";

import { configSecretName, type Names } from "../components/names";
import type { HostClient, KubernetesObject, Secret } from "../host/client";
import { base64 } from "../shared/base64";
import { format, join } from "../shared/errors";
import { getIn, isPlainObject, type JsonObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import { decodeRelease } from "./helm-records";

/** A Helm release on the host beside the objects that it should have. */
export interface ReleaseState {
  /** Status as Helm records it: `deployed`, `failed`, `pending-upgrade`. */
  readonly status: string;
  /** What differs on the host, one line per field or missing object; empty where nothing does. */
  readonly drift: readonly string[];
  /** Whether the configuration is another one on the host: the control plane may have started with it. */
  readonly reconfigured?: boolean;
  /** What of it cannot be restored, because it is being deleted: {@link deletion}. */
  readonly deleting: readonly string[];
  /** Chart values that it was given, without the chart's own. */
  readonly values: JsonObject;
}

/** A kind in the discovery of a group's version. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** An object as it is declared. */
export interface ManifestObject extends KubernetesObject, JsonObject {}

/**
 * The newest record of the environment's release, compared with the live objects of its manifest. Helm restores all of
 * it at its next upgrade, but does not look by itself.
 *
 * @returns undefined where Helm has no such release
 */
export async function readRelease(api: HostClient, names: Names): Promise<ReleaseState | undefined> {
  const selector = encodeURIComponent(`owner=helm,name=${names.release},status!=superseded`);
  const records = await api.list<Secret>(`/api/v1/namespaces/${names.namespace}/secrets?labelSelector=${selector}`);
  const [newest] = records.map(decodeRelease).sort((a, b) => b.version - a.version);
  if (newest === undefined) return undefined;
  const find = liveObjects(api, names.namespace);
  const objects = loadAll(newest.manifest ?? "", undefined, { json: true }).filter(isPlainObject) as ManifestObject[];
  const states = await Promise.all(
    objects.map(async (object) => {
      const live = await find(object);
      if (live === undefined) return { drift: [`${title(object)} is missing`], deleting: [], reconfigured: false };
      const drift = differences(object, live).map((difference) => describe(object, live, difference));
      const isConfig = object.kind === "Secret" && object.metadata?.name === configSecretName(names.release);
      return { drift, deleting: deletion(object, live), reconfigured: isConfig && drift.length > 0 };
    }),
  );
  return {
    status: newest.info?.status ?? "unknown",
    drift: states.flatMap(({ drift }) => drift),
    ...(states.some(({ reconfigured }) => reconfigured) && { reconfigured: true }),
    deleting: states.flatMap(({ deleting }) => deleting),
    values: newest.config ?? {},
  };
}

/** Finds objects on the host as they are there; undefined for one that does not exist. The kinds are read once. */
export function liveObjects(api: HostClient, defaultNamespace: string) {
  const served = new Map<string, Promise<{ resources?: Resource[] } | undefined>>();
  return async ({ apiVersion = "v1", kind, metadata }: ManifestObject): Promise<JsonObject | undefined> => {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!served.has(root)) served.set(root, api.find(root));
    const { resources = [] } = (await served.get(root)) ?? {};
    const resource = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (resource === undefined) return undefined;
    const place = resource.namespaced ? `/namespaces/${metadata?.namespace ?? defaultNamespace}` : "";
    return api.find(`${root}${place}/${resource.name}/${metadata?.name ?? ""}`);
  };
}

export interface Difference {
  readonly path: readonly string[];
  readonly desired: unknown;
  readonly actual: unknown;
}

/**
 * Where `live` says something else than `desired`. What only `live` has is a default or somebody else's; what `desired`
 * leaves empty is not kept by the API. Quantities are equal in any unit.
 */
export function differences(desired: JsonObject, live: JsonObject): Difference[] {
  const visit = (path: readonly string[], wanted: unknown, actual: unknown): Difference[] => {
    if (wanted === undefined || wanted === null || (isEmpty(wanted) && isEmpty(actual))) return [];
    if (isPlainObject(wanted) && isPlainObject(actual)) {
      return Object.entries(wanted).flatMap(([key, value]) => visit([...path, key], value, actual[key]));
    }
    if (Array.isArray(wanted) && Array.isArray(actual) && wanted.length === actual.length) {
      const items: unknown[] = actual;
      return wanted.flatMap((value, index) => visit([...path, String(index)], value, items[index]));
    }
    return scalar(wanted) === scalar(actual) ? [] : [{ path, desired: wanted, actual }];
  };
  return visit([], asKept(desired), live);
}

/** An object without what the API does not keep as it is written: a status, and the plain text of a Secret. */
function asKept(desired: JsonObject): JsonObject {
  const { stringData, ...rest }: JsonObject = { ...desired, status: undefined };
  if (!isPlainObject(stringData)) return rest;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, base64(String(text))]);
  return { ...rest, data: { ...(rest["data"] as object), ...Object.fromEntries(encoded) } };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

function scalar(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number") return parseQuantity(String(value)) ?? String(value);
  return JSON.stringify(value);
}

function title({ kind = "", metadata }: ManifestObject): string {
  return `${kind} ${metadata?.name ?? ""}`;
}

/** A difference in a message: object, field, both values, and who wrote it. What a Secret holds is not shown. */
export function describe(
  object: ManifestObject,
  live: KubernetesObject,
  { path, desired, actual }: Difference,
): string {
  const field = `${title(object)}: ${path.reduce(join, "")}`;
  const values = object.kind === "Secret" ? "differs" : `is ${format(actual)} instead of ${format(desired)}`;
  const writer = lastWriter(live, path);
  return `${field} ${values}${writer === undefined ? "" : ` (written by ${writer})`}`;
}

/** That an object is being deleted, and how to end that; none where it is not. Until it is gone, nothing can restore it. */
export function deletion(object: ManifestObject, { metadata = {} }: KubernetesObject): string[] {
  const { deletionTimestamp, finalizers = [], namespace } = metadata;
  if (deletionTimestamp === undefined) return [];
  const holds = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  const patch = `'{"metadata":{"finalizers":null}}'`;
  const fix = `kubectl patch ${object.kind ?? ""} ${object.metadata?.name ?? ""}${place} --type merge -p ${patch}`;
  return [
    `${title(object)} has been deleted at ${deletionTimestamp} and is not gone yet${holds}; an update cannot restore it before. ` +
      `Fix: see to what holds it, or \`${fix}\`; then update again.`,
  ];
}

/** Who wrote the field at `path` last, as the API records it: `kubectl-scale`. Of a list, who wrote in it. */
export function lastWriter(live: KubernetesObject, path: readonly string[]): string | undefined {
  const index = path.findIndex((key) => /^\d+$/.test(key));
  const field = path.slice(0, index < 0 ? undefined : index).map((key) => `f:${key}`);
  const writers = (live.metadata?.managedFields ?? []).filter(
    ({ fieldsV1 }) => getIn(fieldsV1, ...field) !== undefined,
  );
  const [last] = writers.sort((a, b) => Date.parse(b.time ?? "") - Date.parse(a.time ?? ""));
  return last?.manager;
}
