import { type OutputUnit, Validator } from "@cfworker/json-schema";

import { format, join, type Problem } from "../../shared/errors";
import { getIn, isPlainObject, type JsonObject } from "../../shared/json";

/** A place in a value that its schema does not allow. */
export interface Violation {
  /** Keys and indexes on the way to the value. */
  readonly at: readonly string[];
  /** True for a key that the schema does not have. */
  readonly unknown: boolean;
  /** The keys that the schema has beside it. */
  readonly siblings: readonly string[];
  /** The part of the schema for the value; empty where there is none. */
  readonly schema: JsonObject;
}

/** Keywords whose errors only repeat that there are errors below. */
const WRAPPERS = ["properties", "additionalProperties", "patternProperties", "items", "$ref", "allOf"];

/** Returns all violations of a schema. It is interpreted: compiling vCluster's takes a quarter of a second. */
export function validator(schema: JsonObject): (value: unknown) => Violation[] {
  const prepared = new Validator(schema, "2020-12", false); // not the first error alone
  return (value) => {
    const errors = prepared.validate(value).errors.filter(({ keyword }) => !WRAPPERS.includes(keyword));
    // Each schema of a choice reports errors of its own for the same place.
    const places = new Map(errors.map((error) => [error.instanceLocation, error]));
    return [...places.values()].map((error) => {
      const at = keysOf(error);
      const { properties } = schemaAt(schema, at.slice(0, -1));
      return {
        at,
        unknown: error.keyword === "false",
        siblings: isPlainObject(properties) ? Object.keys(properties) : [],
        schema: schemaAt(schema, at),
      };
    });
  };
}

/** The keys on the way to a place, of a JSON pointer in a URI fragment. */
function keysOf({ instanceLocation }: OutputUnit): string[] {
  return instanceLocation
    .split("/")
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The part of the schema for a place; empty where the schema is open there. */
function schemaAt(schema: JsonObject, at: readonly string[]): JsonObject {
  const follow = (part: unknown): JsonObject => {
    const reference = getIn(part, "$ref");
    if (typeof reference === "string") return follow(getIn(schema, ...reference.split("/").slice(1)));
    return isPlainObject(part) ? part : {};
  };
  return at.reduce<JsonObject>(
    (part, key) => follow(getIn(part, "properties", key) ?? part["items"] ?? part["additionalProperties"]),
    follow(schema),
  );
}

/** The value at a place. */
export function valueAt(tree: unknown, at: readonly string[]): unknown {
  return at.reduce((value, key) => (Array.isArray(value) ? value[Number(key)] : getIn(value, key)), tree);
}

/** A place as messages write it. */
export function pathOf(at: readonly string[], root = ""): string {
  return at.reduce((start, part) => (/^\d+$/.test(part) ? `${start}[${part}]` : join(start, part)), root);
}

/** What values a schema allows, in the words of documentation and messages: `string`, `list of strings`, `quantity`. */
export function typeName(schema: JsonObject): string {
  const { title, type, items, additionalProperties } = schema;
  if (typeof title === "string") return title;
  const choices = ["oneOf", "anyOf"].flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as unknown[]) : []));
  if (choices.length > 0) return choices.map((choice) => typeName(isPlainObject(choice) ? choice : {})).join(" or ");
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(", ");
  if (Array.isArray(type)) return type.map(String).join(" or ");
  if (type === "array") return isPlainObject(items) ? `list of ${plural(typeName(items))}` : "list";
  if (isPlainObject(additionalProperties)) return `map of ${plural(typeName(additionalProperties))}`;
  return typeof type === "string" ? type : "any value";
}

function plural(name: string): string {
  return name.replaceAll(/\b(string|integer|boolean|number|object|list|map)\b(?! of)/g, "$1s").replace(/y\b/, "ies");
}

/** A type's name in a sentence. */
export function withArticle(name: string): string {
  if (!/^[a-z]/.test(name)) return name; // a list of values
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

/** A key that is none of the `known` ones, with the nearest of those. */
export function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  const closest = known.map((name) => ({ name, far: distance(key.toLowerCase(), name.toLowerCase()) }));
  const best = closest.sort((a, b) => a.far - b.far)[0];
  const near = best !== undefined && best.far <= Math.max(2, best.name.length / 3) ? best.name : undefined;
  const fix = near === undefined ? "remove it" : `did you mean ${format(near)}?`;
  return { path, code: "unknown-key", problem: "unknown key", allowed: [...known].sort().join(", "), fix };
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const insert = Math.min(next[j] ?? 0, row[j + 1] ?? 0) + 1;
      next.push(Math.min(insert, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
