import type { KubernetesObject } from "../host/client";
import { base64 } from "../shared/base64";
import { format, join } from "../shared/errors";
import { getIn, isPlainObject, type JsonObject, parseObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import type { ManifestObject } from "../host/live-objects";

/** Keys whose `false` or 0 is kept, and is not the default: that is true, or what the image says. */
const COUNTS_WHEN_OFF =
  /^(allowPrivilegeEscalation|automountServiceAccountToken|enableServiceLinks|runAsGroup|runAsUser)$/;

export interface Difference {
  readonly path: readonly string[];
  readonly desired: unknown;
  readonly actual: unknown;
}

/**
 * Where `live` says something else than `desired`. What only `live` has is a default, or an addition (additions.ts); what
 * `desired` leaves empty is not kept by the API. Quantities are equal in any unit.
 */
export function differences(desired: JsonObject, live: JsonObject): Difference[] {
  const visit = (path: readonly string[], wanted: unknown, actual: unknown): Difference[] => {
    const key = path.at(-1);
    if (wanted === undefined || wanted === null || (isEmpty(wanted, key) && isEmpty(actual, key))) return [];
    if (isPlainObject(wanted) && isPlainObject(actual)) {
      return Object.entries(wanted).flatMap(([key, value]) => visit([...path, key], value, actual[key]));
    }
    if (Array.isArray(wanted) && Array.isArray(actual) && isSharedList(desired["kind"], path)) {
      const isKept = (item: unknown) => actual.some((one) => visit([], item, one).length === 0);
      return wanted.every(isKept) ? [] : [{ path, desired: wanted, actual }];
    }
    if (Array.isArray(wanted) && Array.isArray(actual) && wanted.length === actual.length) {
      const items: unknown[] = actual;
      return wanted.flatMap((value, index) => visit([...path, String(index)], value, items[index]));
    }
    return scalar(wanted) === scalar(actual) ? [] : [{ path, desired: wanted, actual }];
  };
  return visit([], asKept(desired), live);
}

/** The place of a difference as RFC 6901 writes it. */
export function pointer({ path }: Difference): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** An object without what the API does not keep as it is written: a status, and the plain text of a Secret. */
export function asKept(desired: JsonObject): JsonObject {
  const { stringData, ...rest }: JsonObject = { ...desired, status: undefined };
  if (!isPlainObject(stringData)) return rest;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, base64(String(text))]);
  return { ...rest, data: { ...(rest["data"] as object), ...Object.fromEntries(encoded) } };
}

/** Nothing to the API. A list of one empty item is something: a rule without conditions allows all. */
export function isEmpty(value: unknown, key = ""): boolean {
  if (value === false || value === 0) return !COUNTS_WHEN_OFF.test(key);
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.entries(value).every(([name, one]) => isEmpty(one, name));
}

/** True for lists of a ServiceAccount that controllers add to, such as OpenShift's or those for credentials of registries. */
export function isSharedList(kind: unknown, [root = ""]: readonly string[]): boolean {
  return kind === "ServiceAccount" && /^(imagePullSecrets|secrets)$/.test(root);
}

function scalar(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number") return parseQuantity(String(value)) ?? String(value);
  return JSON.stringify(value);
}

export function title({ kind = "", metadata }: ManifestObject): string {
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

/** A line of {@link describe} without both values: values of the chart may be secret. */
export function withoutValues(line: string): string {
  return line.replace(/ is [^]* instead of [^]*?( \(written by [^()]*\))?$/, " differs$1");
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

/**
 * Who wrote the field at `path` last, as the API records it: `kubectl-scale`. Of what is written as a whole, such as a selector,
 * who wrote that; of a field of a list's item that has no writer, who wrote in the list.
 */
export function lastWriter(live: KubernetesObject, path: readonly string[]): string | undefined {
  const index = path.findIndex((key) => /^\d+$/.test(key));
  return fieldWriter(live, path) ?? (index < 0 ? undefined : fieldWriter(live, path.slice(0, index)));
}

/** The same for this field of this item only. */
export function fieldWriter(live: KubernetesObject, path: readonly string[]): string | undefined {
  const writers = (live.metadata?.managedFields ?? []).filter(({ fieldsV1 }) => isRecorded(fieldsV1, live, path));
  const [last] = writers.sort((a, b) => Date.parse(b.time ?? "") - Date.parse(a.time ?? ""));
  return last?.manager;
}

function isRecorded(fields: unknown, value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (!isPlainObject(fields)) return false;
  if (key === undefined || Object.keys(fields).length === 0) return true;
  if (!Array.isArray(value)) return isRecorded(fields[`f:${key}`], getIn(value, key), rest);
  const item: unknown = value[Number(key)];
  return Object.entries(fields).some(([field, inner]) => isRecordOf(field, item) && isRecorded(inner, item, rest));
}

/** True where a record of a list's item, such as `k:{"name":"syncer"}` or `v:"a"`, is that of `item`. */
function isRecordOf(field: string, item: unknown): boolean {
  if (field.startsWith("v:")) return field.slice(2) === JSON.stringify(item);
  const keys = field.startsWith("k:") ? parseObject(field.slice(2)) : undefined;
  return keys !== undefined && Object.entries(keys).every(([key, value]) => getIn(item, key) === value);
}
