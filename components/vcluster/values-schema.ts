import { existsSync, readFileSync, statSync } from "node:fs";
import { join as joinPath } from "node:path";
import { gunzipSync } from "node:zlib";

import type { Problem } from "../../shared/errors";
import { isPlainObject, type JsonObject } from "../../shared/json";
import type { Settings } from "../config/defaults";
import { pathOf, typeName, unknownKey, validator, valueAt, withArticle } from "../config/json-schema";
import { chartOnDisk } from "./chart-source";

const FILE = "values.schema.json";
const UNIT = 512;

/** Read and prepared once for each chart of a run. */
const schemas = new Map<string, ReturnType<typeof validator> | undefined>();

/**
 * What the chart's own schema says against merged values, as Helm would at `up`. A chart that was never got from its
 * repository is not at hand; its schema is left to Helm.
 *
 * @param overrides the values that the user set: an error in a generated value is reported for the chart instead's
 */
export function checkSchema(chart: Settings["chart"], merged: JsonObject, overrides: JsonObject): Problem[] {
  const file = chartOnDisk(chart);
  const validate = validatorOf(file);
  if (validate === undefined) return [];
  return validate(merged).map(({ at, unknown, siblings, schema }) => {
    if (valueAt(overrides, at) === undefined)
      return foreignChart(at, chart.path === undefined ? "version" : "path", file);
    const path = pathOf(at, "values");
    if (unknown)
      return { ...unknownKey(path, at.at(-1) ?? "", siblings), code: "unknown-value", problem: "unknown chart value" };
    return {
      path,
      // Not the value itself: overrides may be secret.
      code: "value-type",
      problem: `the chart does not accept ${kindOf(valueAt(merged, at))} here`,
      allowed: withArticle(typeName(schema)),
      fix: "use a value of an allowed type",
    };
  });
}

function foreignChart(path: readonly string[], key: string, file: string): Problem {
  return {
    path: `chart.${key}`,
    code: "chart-unsupported",
    problem: `the chart in ${JSON.stringify(file)} does not accept the value ${path.join(".")}, which this program sets`,
    allowed: "a vCluster chart version that this program supports",
    fix: "use such a version, or set the value under values",
  };
}

function validatorOf(file: string) {
  if (!schemas.has(file)) {
    const text = readSchema(file);
    const schema: unknown = text === undefined ? undefined : JSON.parse(text);
    schemas.set(file, isPlainObject(schema) ? validator(schema) : undefined);
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

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return value === null ? "null" : withArticle(typeof value);
}
