/** A JSON object. */
export interface JsonObject {
  [key: string]: unknown;
}

/** True for a plain object: no null, list, Pulumi output or other instance of a class. */
export function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * `override` laid over `base`, as Helm merges values: maps merge key by key, anything else replaces, `null` deletes.
 * Neither argument is changed. A `null` that has nothing to delete in `base` is dropped.
 */
export function merge(base: JsonObject, override: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(override)) {
    const below = merged[key];
    // Not an assignment: `__proto__` would set the prototype instead of a key.
    if (value === null) Reflect.deleteProperty(merged, key);
    else define(merged, key, isPlainObject(value) ? merge(isPlainObject(below) ? below : {}, value) : value);
  }
  return merged;
}

/** The JSON object in a text, or undefined. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value at `path`, or undefined. */
export function getIn(tree: unknown, ...path: string[]): unknown {
  return path.reduce(
    (value, key) => (isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    tree,
  );
}

/** A tree with one value, at `path`. */
export function nest(path: readonly string[], value: unknown): JsonObject {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as JsonObject;
}

/** The value at a dotted path. */
export function getPath(tree: JsonObject, path: string): unknown {
  return getIn(tree, ...path.split("."));
}

/** True for `true`, for "true" (the chart compares strings), and for lists and maps that are not empty. */
export function isEnabled(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return String(value) === "true";
}

/** Paths of all nulls in `override` for which `base` has no value to delete. */
export function nullsWithoutTarget(base: JsonObject, override: JsonObject, path: string[] = []): string[][] {
  return Object.entries(override).flatMap(([key, value]) => {
    const below = getIn(base, key);
    if (value === null) return below === undefined ? [[...path, key]] : [];
    return isPlainObject(value) ? nullsWithoutTarget(isPlainObject(below) ? below : {}, value, [...path, key]) : [];
  });
}

/** A value in a message: JSON, so that `2`, `"2"` and `""` differ; truncated when long. */
export function format(value: unknown): string {
  return formatUpTo(80, value);
}

/** The same with at most `length` characters. */
export function formatUpTo(length: number, value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

function define(tree: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });
}
