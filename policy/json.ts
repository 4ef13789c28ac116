import { getIn, isPlainObject, type JsonObject, parseObject } from "../shared/json";

// Safe access to values of unknown shape: a policy sees whatever a program contains.

export { getIn, isPlainObject, type JsonObject, parseObject };

/** The value as an object; an empty one when it is anything else. */
export function asObject(value: unknown): JsonObject {
  return isPlainObject(value) ? value : {};
}

/**
 * The value as a list; an empty one when it is anything else. It is a copy, because the proxies around the properties
 * that a remediation sees break the methods of their own lists (`map` and its like).
 */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as unknown[])] : [];
}

/** The value if it is a string that is not empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The strings of a list. */
export function asTexts(value: unknown): string[] {
  return asList(value).filter((item) => typeof item === "string");
}

/** Sets a value in place, and creates missing parent objects. */
export function setAt(root: JsonObject, keys: readonly string[], value: unknown): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  if (rest.length === 0) {
    root[key] = value;
    return;
  }
  root[key] ??= {};
  setAt(root[key] as JsonObject, rest, value);
}

/** Property path in the usual notation: `spec.sources[0].helm`. */
export function pathOf(keys: readonly string[]): string {
  return keys.reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`));
}
