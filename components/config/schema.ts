import { format, type Problem } from "../../shared/errors";
import { isPlainObject, type JsonObject } from "../../shared/json";
import type { EnvironmentArgs } from "./args";
import { pathOf, typeName, unknownKey, validator, valueAt, type Violation, withArticle } from "./json-schema";
import schema from "./schema.json";

/** Keys and types of {@link EnvironmentArgs}, for what the compiler does not see: YAML, JSON and JavaScript. */
export const KEYS: Readonly<Record<keyof EnvironmentArgs, JsonObject>> = schema.properties;

let validate: ReturnType<typeof validator> | undefined;

/**
 * Unknown keys and values of the wrong type in `args`, and `args` without them, so that the checks of what the values
 * mean can still look at the rest. `undefined` counts as absent.
 */
export function checkKeys(args: JsonObject): { problems: Problem[]; clean: JsonObject } {
  validate ??= validator(schema);
  const clean = copy(args, (value) => value) as JsonObject;
  // Outputs, functions and the like have no JSON type; null stands for them, which the schema does not allow.
  const violations = validate(copy(args, () => null));
  const problems = violations.map((violation) => describe(violation, valueAt(args, violation.at)));
  for (const { at } of violations) remove(clean, at);
  return { problems, clean };
}

function describe({ at, unknown, siblings, schema: expected }: Violation, value: unknown): Problem {
  const path = pathOf(at);
  if (unknown) return unknownKey(path, at.at(-1) ?? "", siblings);
  const { type, properties } = expected;
  const keys = isPlainObject(properties) ? ` with ${Object.keys(properties).sort().join(", ")}` : "";
  return {
    path,
    code: "wrong-type",
    problem: `${format(value)} is of the wrong type`,
    allowed: `${withArticle(typeName(expected))}${keys}`,
    fix: type === "string" && typeof value === "number" ? "put it in quotes" : "give it a value of that type",
  };
}

/** A copy without keys that are undefined; `other` stands for what is neither a plain object, a list nor a scalar. */
function copy(value: unknown, other: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item, other));
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(entries.map(([key, inner]) => [key, copy(inner, other)]));
  }
  return ["string", "number", "boolean"].includes(typeof value) || value === null ? value : other(value);
}

/** Removes a list with a wrong item as a whole: the indexes of the others would change. */
function remove(tree: JsonObject, at: readonly string[]): void {
  const parent = valueAt(tree, at.slice(0, -1));
  if (Array.isArray(parent)) remove(tree, at.slice(0, -1));
  else if (isPlainObject(parent)) Reflect.deleteProperty(parent, at.at(-1) ?? "");
}
