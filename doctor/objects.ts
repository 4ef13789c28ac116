import type { KubernetesObject } from "../host/client";
import { getIn, getPath, isPlainObject, type JsonObject } from "../shared/json";

/** Any object of Kubernetes as it was read. */
export type KubeObject = KubernetesObject & JsonObject;

export function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? "";
}

export function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata?.namespace ?? "";
}

/** An object in a message: `Pod dev-vcluster/web`. Items of a list have no kind. */
export function title(kind: string, object: KubernetesObject): string {
  const namespace = namespaceOf(object);
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${nameOf(object)}`;
}

/** The text at a dotted path; empty where there is none. */
export function text(object: JsonObject | undefined, path: string): string {
  const value = getPath(object ?? {}, path);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The number at a dotted path; 0 where there is none. */
export function count(object: JsonObject | undefined, path: string): number {
  return Number(getPath(object ?? {}, path) ?? 0);
}

/** The objects in the list at a dotted path; none where there is no list. */
export function items(object: JsonObject | undefined, path: string): JsonObject[] {
  const list = getPath(object ?? {}, path);
  return Array.isArray(list) ? list.filter(isPlainObject) : [];
}

/** The texts in the list at a dotted path. */
export function texts(object: JsonObject | undefined, path: string): string[] {
  const list = getPath(object ?? {}, path);
  return Array.isArray(list) ? list.map(String) : [];
}

/** A map of texts, such as labels. */
export function map(object: JsonObject | undefined, ...path: string[]): Readonly<Record<string, string>> {
  const value = getIn(object, ...path);
  return isPlainObject(value) ? (value as Record<string, string>) : {};
}

/** A condition in the status of an object. */
export function condition(object: JsonObject | undefined, type: string): JsonObject | undefined {
  return items(object, "status.conditions").find((one) => one["type"] === type);
}

export function hasCondition(object: JsonObject | undefined, type: string, status = "True"): boolean {
  return condition(object, type)?.["status"] === status;
}

/** States of all containers of a pod, those that initialize it first. */
export function containers(pod: JsonObject): JsonObject[] {
  return [...items(pod, "status.initContainerStatuses"), ...items(pod, "status.containerStatuses")];
}

/** Seconds since a time in RFC 3339; infinite where there is none. */
export function ageSeconds(time: string | undefined, now: Date): number {
  return time === undefined || time === "" ? Infinity : (now.getTime() - Date.parse(time)) / 1000;
}

/** Whether labels satisfy a label selector of Kubernetes; an empty one is satisfied by all, none by nothing. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isPlainObject(selector)) return false;
  const equal = Object.entries(map(selector, "matchLabels")).every(([key, value]) => labels[key] === value);
  return equal && items(selector, "matchExpressions").every((expression) => satisfies(expression, labels));
}

function satisfies(expression: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[text(expression, "key")];
  const values = texts(expression, "values");
  switch (expression["operator"]) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}
