import { isPlainObject, type JsonObject } from "../../shared/json";
import { withoutValues } from "../../preflight/drift";

/** Keys that hold data of users, or much that says nothing: content of Secrets and ConfigMaps, values, environment variables. */
const LEFT_OUT = [
  "data",
  "stringData",
  "binaryData",
  "managedFields",
  "added",
  "values",
  "given",
  "env",
  "envFrom",
  "args",
  "command",
];
/** States of a container that have a message. */
const OF_CONTAINERS = ["terminated", "waiting"];
/** Annotations whose values are known to be names and switches. */
const PLAIN_ANNOTATIONS =
  /^(vcluster\.loft\.sh\/(object|managed|skip|service)|vcluster-environments\/(stack|identity)|loft\.sh\/|meta\.helm\.sh\/|nginx\.ingress\.kubernetes\.io\/(ssl|backend)|haproxy\.org\/ssl|pulumi\.com\/(skip|patch))/;
/** Switches of the chart that explain much and hold no secret. */
const SWITCHES = ["sync", "controlPlane", "networking", "policies", "rbac", "integrations", "exportKubeConfig"];

/** A tree of objects without what is data in them; what is left out is named. */
export function withoutData(tree: unknown): unknown {
  if (tree instanceof Set || tree instanceof Map) return [...tree.keys()];
  if (tree instanceof Date) return tree.toISOString();
  if (Array.isArray(tree)) return tree.map(withoutData);
  if (!isPlainObject(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, plain(key, value)]));
}

function plain(key: string, value: unknown): unknown {
  if (key === "drift" && Array.isArray(value)) return value.map((line) => withoutValues(String(line)));
  // The end of what a container printed.
  if (OF_CONTAINERS.includes(key) && isPlainObject(value)) return withoutData({ ...value, message: undefined });
  if (key === "values" && isPlainObject(value)) return switches(value);
  if (key === "annotations" && isPlainObject(value)) return annotations(value);
  if (!LEFT_OUT.includes(key)) return withoutData(value);
  if (Array.isArray(value)) return `${value.length} left out`;
  return isPlainObject(value)
    ? `left out: ${Object.keys(value).join(", ")}`
    : value === undefined
      ? undefined
      : "left out";
}

function annotations(all: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, PLAIN_ANNOTATIONS.test(key) ? value : "left out"]),
  );
}

/** Values of the chart: switches and numbers, and names in mappings. Any other text may be a secret. */
function switches(values: JsonObject): JsonObject {
  const visit = (tree: unknown, path: readonly string[]): unknown => {
    if (typeof tree === "boolean" || typeof tree === "number" || tree === null) return tree;
    if (isPlainObject(tree))
      return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, visit(value, [...path, key])]));
    if (path.includes("byName") || ["tag", "repository", "registry"].includes(path.at(-1) ?? "")) return tree;
    return "left out";
  };
  return Object.fromEntries(SWITCHES.filter((key) => key in values).map((key) => [key, visit(values[key], [key])]));
}
