import { existsSync, readFileSync, statSync } from "node:fs";
import { join as joinPath } from "node:path";
import { gunzipSync } from "node:zlib";

import { type OutputUnit, Validator } from "@cfworker/json-schema";

import { join, type Problem } from "../../shared/errors";
import { getIn, isPlainObject, type JsonObject } from "../../shared/json";
import type { Settings } from "../config/defaults";
import { unknownKey } from "../config/schema";
import { chartOnDisk } from "./chart-source";

const FILE = "values.schema.json";
const UNIT = 512;

/** Read and prepared once for each chart of a run. */
const schemas = new Map<string, { schema: JsonObject; validator: Validator } | undefined>();

/**
 * What the chart's own schema says against finished values, as Helm would at `up`. A chart that was never got from its
 * repository is not at hand; its schema is left to Helm.
 *
 * @param free the values that the user set: an error in a generated value is reported for the chart instead's
 */
export function checkSchema(chart: Settings["chart"], finished: JsonObject, free: JsonObject): Problem[] {
  const file = chartOnDisk(chart);
  const found = prepare(file);
  if (found === undefined) return [];
  const { schema, validator } = found;
  const errors = validator.validate(finished).errors.filter(({ keyword }) => !WRAPPERS.includes(keyword));
  // Of a choice between schemas, every one has errors of its own; the place is what counts.
  const places = new Map(errors.map((error) => [error.instanceLocation, error]));
  return [...places.values()].map((error) => {
    const path = keysOf(error);
    const parent = schemaAt(schema, path.slice(0, -1));
    const known = isPlainObject(parent["properties"]) ? Object.keys(parent["properties"]) : [];
    const key = path.at(-1) ?? "";
    if (valueAt(free, path) === undefined)
      return foreignChart(path, chart.path === undefined ? "version" : "path", file);
    const here = path.reduce((start, part) => (/^\d+$/.test(part) ? `${start}[${part}]` : join(start, part)), "values");
    if (error.keyword === "false")
      return { ...unknownKey(here, key, known), code: "unknown-value", problem: "unknown chart value" };
    const allowed = allowedBy(schemaAt(schema, path));
    return {
      path: here,
      // Not the value itself: free values may be secret.
      code: "value-type",
      problem: `the chart does not accept ${kindOf(valueAt(finished, path))} here`,
      allowed,
      fix: "use a value of an allowed type",
    };
  });
}

/** Keywords whose errors say no more than that there are errors below. */
const WRAPPERS = ["properties", "additionalProperties", "patternProperties", "items", "$ref", "allOf"];

function foreignChart(path: string[], key: string, file: string): Problem {
  return {
    path: `chart.${key}`,
    code: "chart-unsupported",
    problem: `the chart in ${JSON.stringify(file)} does not accept the value ${path.join(".")}, which this program sets`,
    allowed: "a vCluster chart version that this program supports",
    fix: "use such a version, or set the value under values",
  };
}

function prepare(file: string) {
  if (!schemas.has(file)) {
    const text = readSchema(file);
    const schema: unknown = text === undefined ? undefined : JSON.parse(text);
    // Not the first error alone. Interpreted: to compile a schema of this size takes a quarter of a second.
    const made = isPlainObject(schema) ? { schema, validator: new Validator(schema, "2020-12", false) } : undefined;
    schemas.set(file, made);
  }
  return schemas.get(file);
}

/** Undefined where there is no chart, or a chart without a schema: Helm validates in that case. */
function readSchema(chart: string): string | undefined {
  if (!existsSync(chart)) return undefined;
  if (!statSync(chart).isDirectory()) return fromArchive(gunzipSync(readFileSync(chart)));
  const file = joinPath(chart, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** The file at the top of the chart in a packed chart: tar has a header of 512 bytes before each file. */
function fromArchive(tar: Buffer): string | undefined {
  for (let offset = 0; offset + UNIT <= tar.length;) {
    const field = (from: number, to: number) => tar.toString("utf8", offset + from, offset + to).replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 136), 8) || 0;
    const start = offset + UNIT;
    if (new RegExp(`^[^/]+/${FILE}$`).test(field(0, 100))) return tar.toString("utf8", start, start + size);
    offset = start + Math.ceil(size / UNIT) * UNIT;
  }
  return undefined;
}

/** The keys on the way to a place, of a JSON pointer in a URI fragment. */
function keysOf({ instanceLocation }: OutputUnit): string[] {
  return instanceLocation
    .split("/")
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The part of the schema for a place; empty where the schema is open there. */
function schemaAt(schema: JsonObject, path: readonly string[]): JsonObject {
  const follow = (part: unknown): JsonObject => {
    const reference = getIn(part, "$ref");
    if (typeof reference === "string") return follow(getIn(schema, ...reference.split("/").slice(1)));
    return isPlainObject(part) ? part : {};
  };
  return path.reduce<JsonObject>(
    (part, key) => follow(getIn(part, "properties", key) ?? part["items"] ?? part["additionalProperties"]),
    follow(schema),
  );
}

function valueAt(tree: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (Array.isArray(value) ? value[Number(key)] : getIn(value, key)), tree);
}

function allowedBy(schema: JsonObject): string {
  const choices = ["oneOf", "anyOf"].flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as unknown[]) : []));
  if (choices.length > 0) return choices.map((choice) => allowedBy(isPlainObject(choice) ? choice : {})).join(" or ");
  if (Array.isArray(schema["enum"])) return schema["enum"].map((choice) => JSON.stringify(choice)).join(", ");
  return WORDS[String(schema["type"])] ?? "see the chart's values.schema.json";
}

const WORDS: Readonly<Record<string, string>> = {
  string: "a string",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  array: "a list",
  object: "a map",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return WORDS[typeof value] ?? "this value";
}
