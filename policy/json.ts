// Safe steps into values of unknown shape: what a policy sees is whatever a program wrote.

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is anything else. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/**
 * The value as a list; an empty one when it is anything else. It is a copy, because the proxies around the properties
 * that a remediation sees break the methods of their own lists (`map` and its like).
 */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as unknown[])] : [];
}

/** The value when it is a string with something in it. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The strings of a list; what is not a string is left out. */
export function asTexts(value: unknown): string[] {
  return asList(value).filter((item) => typeof item === "string");
}

/** What lies at the keys, or undefined where the way ends early. */
export function at(root: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), root);
}

/** The JSON object in a text, or undefined when the text is something else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Sets a value in place and makes the objects on the way to it. */
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

/** Keys as people write them: `spec.sources[0].helm`. */
export function pathOf(keys: readonly string[]): string {
  return keys.reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`));
}
