import { asList, asObject, asText, isPlainObject, type JsonObject } from "./json";

/**
 * Values merged with Argo CD's Helm parameters (`--set name=value`), as a copy. Names have Helm's syntax: dots separate
 * keys, `\.` is a dot in a key, `key[2]` is an item of a list.
 */
export function withParameters(values: JsonObject, parameters: unknown[]): JsonObject {
  return parameters.filter(isPlainObject).reduce<JsonObject>((merged, parameter) => {
    const name = asText(parameter.name);
    if (name === undefined) return merged;
    return asObject(put(merged, keysOf(name), typed(parameter)));
  }, values);
}

function keysOf(name: string): (string | number)[] {
  return name
    .split(/(?<!\\)\./)
    .map((part) => part.replaceAll("\\.", "."))
    .flatMap((part) => {
      const [, key = part, indices = ""] = /^(.*?)((?:\[\d+\])+)$/.exec(part) ?? [];
      return [key, ...Array.from(indices.matchAll(/\d+/g), ([index]) => Number(index))];
    });
}

/** Helm infers the type from the text, except with `forceString`. */
function typed({ value, forceString }: JsonObject): unknown {
  if (forceString === true || typeof value !== "string") return value;
  if (value === "null") return null;
  if (value === "true" || value === "false") return value === "true";
  return /^-?(0|[1-9]\d*)$/.test(value) ? Number(value) : value;
}

function put(node: unknown, keys: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (typeof key === "number") {
    const list = [...asList(node)];
    list[key] = put(list[key], rest, value);
    return list;
  }
  const object = asObject(node);
  return { ...object, [key]: put(object[key], rest, value) };
}
