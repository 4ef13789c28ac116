import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";

import { COMPONENT_TYPE, OUTPUTS, type OutputType } from "../components/outputs";
import { checkoutDir } from "../shared/checkout";
import { isPlainObject, type JsonObject } from "../shared/json";
import { type Key, NAME } from "./configuration";
import { json } from "./documents";

const PACKAGE = "vcluster-environments";
const ANYTHING = { $ref: "pulumi.json#/Any" };

/** A type of the package for values of a JSON Schema; objects in lists are taken as they are. */
function plainType({ type, items, additionalProperties }: JsonObject): JsonObject {
  // Packages have no type for null.
  const choices: unknown[] = Array.isArray(type) ? type.filter((one) => one !== "null") : [];
  if (choices.length > 0) return { oneOf: choices.map((one) => ({ type: one })), plain: true };
  if (type === "array") return { type, items: plainType(isPlainObject(items) ? items : {}), plain: true };
  if (type !== "object") return { type, plain: true };
  const values = isPlainObject(additionalProperties) ? plainType(additionalProperties) : ANYTHING;
  return { type, additionalProperties: values, plain: true };
}

/**
 * provider/schema.json: what Pulumi makes SDKs in other languages of, and what Pulumi YAML checks a program by.
 *
 * All inputs but `values` are plain, as in EnvironmentArgs: they decide which resources there are. Values that only our own
 * checks know are texts here, so that a mistake in them is reported together with all others.
 */
export async function packageSchema(keys: readonly Key[]): Promise<string> {
  const manifest = fs.readFileSync(path.join(checkoutDir, "package.json"), "utf8");
  const { version, description, license } = JSON.parse(manifest) as Record<string, string>;
  const types: Record<string, JsonObject> = {};
  const outputs: [string, OutputType][] = Object.entries(OUTPUTS);
  const sdk = { respectSchemaVersion: true };
  const schema = {
    name: PACKAGE,
    version,
    description,
    license,
    resources: {
      [COMPONENT_TYPE]: {
        description: "One environment: a virtual cluster on a host cluster, and everything that makes it usable.",
        isComponent: true,
        inputProperties: properties(keys, types),
        requiredInputs: requiredOf(keys),
        properties: Object.fromEntries(outputs.map(([name, output]) => [name, outputProperty(output)])),
        required: outputs.flatMap(([name, { optional }]) => (optional === true ? [] : name)),
      },
    },
    types,
    language: { nodejs: sdk, python: { ...sdk, pyproject: { enabled: true } }, go: sdk, csharp: sdk, java: sdk },
  };
  return json(schema);
}

function properties(keys: readonly Key[], types: Record<string, JsonObject>): JsonObject {
  return Object.fromEntries(keys.map((key) => [key.path.at(-1) ?? "", property(key, types)]));
}

function property(key: Key, types: Record<string, JsonObject>): JsonObject {
  const { schema, choices, keys, behaviour } = key;
  const allowed = choices.length > 0 ? [`One of ${choices.join(", ")}.`] : [];
  const without = behaviour === undefined ? [] : [`Default: ${behaviour}.`];
  const description = [key.description, ...allowed, ...without].join(" ");
  // The only key that may be known later, and secret.
  if (key.path.join(".") === "values") return { type: "object", additionalProperties: ANYTHING, description };
  return { ...(keys.length > 0 ? reference(key, types) : plainType(schema)), description };
}

/** The type of a map with keys of its own, which is added to `types`. */
function reference({ interface: name = "", path: here, keys }: Key, types: Record<string, JsonObject>): JsonObject {
  const token = `${PACKAGE}:index:${name.replace(/Args$/, "")}`;
  const made = { type: "object", properties: properties(keys, types), required: requiredOf(keys) };
  if (types[token] !== undefined && !isDeepStrictEqual(types[token], made)) {
    throw new Error(`${here.join(".")} is of the type ${name}, which is another one elsewhere`);
  }
  types[token] = made;
  const one = { $ref: `#/types/${token}`, plain: true };
  return keys.every((inner) => inner.path[here.length] === NAME)
    ? { type: "object", additionalProperties: one, plain: true }
    : one;
}

function outputProperty({ description, secret }: OutputType): JsonObject {
  return { type: "string", description, ...(secret === true && { secret }) };
}

function requiredOf(keys: readonly Key[]): string[] {
  return keys.filter(({ required }) => required).map(({ path: here }) => here.at(-1) ?? "");
}
