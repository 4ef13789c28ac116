import type { KubernetesObject } from "../host/client";
import type { ManifestObject } from "../host/live-objects";
import { getIn, isPlainObject, type JsonObject, parseObject } from "../shared/json";
import { isApiDefault, isFilledLimit } from "./api-defaults";
import { asKept, type Difference, isEmpty, isSharedList, pointer } from "./drift";
import { ownManagers } from "./writers";

/** Keys of an object that others may add to: tools annotate and label, controllers report, and Argo CD keeps what it does now. */
const OPEN_KEYS = /^(apiVersion|kind|metadata|operation|status)$/;

/**
 * Fields of an object that are not declared and that another than {@link ownManagers} has written, by the record that the API keeps
 * of writers; without that record, all that are not declared. A default of the API is its object's, and no addition. Server-side
 * apply and Helm leave additions as they are.
 */
export function additions(declared: ManifestObject, live: KubernetesObject): Difference[] {
  if (isOpenKind(declared)) return [];
  const desired = asKept(declared);
  const isOurs = ownManagers(declared, live);
  const records = live.metadata?.managedFields ?? [];
  // Where the records were cleared, the API keeps none of later writes either: every field may be another's.
  const others = records.filter(({ manager = "", subresource = "" }) => !isOurs(manager) && subresource === "");
  const written = records.length === 0 ? [undefined] : others.map(({ fieldsV1 = {} }) => fieldsV1);
  const found = written
    .flatMap((fields) => undeclared(fields, desired, live, []))
    .filter((one) => !isSharedList(declared.kind, one.path) && !isFilledLimit(desired, one.path, one.actual));
  return [...new Map(found.map((one) => [pointer(one), one])).values()].sort(byPlace);
}

/**
 * True for what others may add to: a namespace may be shared, and tools such as Argo CD's image updater write in Applications. Not in the
 * one that installs the chart, whose parameters would override the values. It alone names a release.
 */
function isOpenKind({ kind, ...declared }: ManifestObject): boolean {
  if (kind !== "Application") return kind === "Namespace";
  return getIn(declared, "spec", "source", "helm", "releaseName") === undefined;
}

/** Of a writer's fields, or of all where they are undefined, the outermost that are not declared. */
function undeclared(
  fields: JsonObject | undefined,
  desired: unknown,
  live: unknown,
  path: readonly string[],
): Difference[] {
  const visit = (key: string, inner: JsonObject | undefined, wanted: unknown, actual: unknown): Difference[] => {
    const place = [...path, key];
    // False and 0 say something where the default is another, and a selector without conditions selects everything.
    const says = actual === false || actual === 0 || (isPlainObject(actual) && key.endsWith("Selector"));
    if ((isEmpty(actual) && !says) || isOpen(place)) return [];
    if (wanted === undefined || wanted === null) {
      return isApiDefault(place, actual) ? [] : [{ path: place, desired: undefined, actual }];
    }
    return undeclared(inner, wanted, actual, place);
  };
  if (fields === undefined || Object.keys(fields).length === 0) {
    // Written as a whole, such as a selector or a list of rules. A list of another length differs from the declared one.
    if (isPlainObject(live))
      return Object.entries(live).flatMap(([key, one]) => visit(key, fields, getIn(desired, key), one));
    if (!Array.isArray(live) || !Array.isArray(desired)) return [];
    // Helm's upgrade keeps an item that was added to a list whose items have keys.
    const key = fields === undefined ? KEYS.find((one) => isKey(one, live) && isKey(one, desired)) : undefined;
    if (key === undefined && live.length !== desired.length) return [];
    const declared = (item: unknown, index: number): unknown =>
      key === undefined ? desired[index] : desired.find((one) => getIn(one, key) === getIn(item, key));
    return live.flatMap((item: unknown, index) => visit(String(index), fields, declared(item, index), item));
  }
  return Object.entries(fields).flatMap(([field, record]) => {
    const inner = isPlainObject(record) ? record : {};
    const name = field.slice(2);
    if (field.startsWith("f:")) return visit(name, inner, getIn(desired, name), getIn(live, name));
    // An item of a list whose items have keys. A key that is not declared is a default.
    if (!field.startsWith("k:") || !Array.isArray(live)) return [];
    const keys = Object.entries(parseObject(name) ?? {});
    const index = live.findIndex((item) => keys.every(([key, value]) => getIn(item, key) === value));
    const declared: unknown[] = Array.isArray(desired) ? desired : [];
    const isSame = (item: unknown) => keys.every(([key, value]) => (getIn(item, key) ?? value) === value);
    return visit(String(index), inner, declared.find(isSame), live[index]);
  });
}

/** What tells the items of a pod's lists apart. */
const KEYS = ["mountPath", "name"];

function isKey(key: string, items: readonly unknown[]): boolean {
  const values = new Set(items.map((item) => getIn(item, key)));
  return values.size === items.length && !values.has(undefined);
}

/** True for what others may add to: {@link OPEN_KEYS} of the object, and the metadata of a template in it. */
function isOpen(place: readonly string[]): boolean {
  const [key = "", parent, list] = [...place].reverse();
  if (parent === undefined) return OPEN_KEYS.test(key);
  return key === "metadata" && (/template$/i.test(parent) || list === "volumeClaimTemplates");
}

/** The object as it is without them. */
export function without(live: JsonObject, added: readonly Difference[]): JsonObject {
  const copy = structuredClone(live);
  for (const { path } of added) {
    const key = path.at(-1) ?? "";
    const parent = path.slice(0, -1).reduce<unknown>((tree, one) => (tree as JsonObject)[one], copy);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent as JsonObject, key);
  }
  return copy;
}

/** Later items of a list first: the removal of one moves those after it. */
function byPlace(a: Difference, b: Difference): number {
  return pointer(b).localeCompare(pointer(a), "en", { numeric: true });
}
