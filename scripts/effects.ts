import { settings } from "../components/config/defaults";
import { chartValues } from "../components/vcluster/values";
import { type ChangeImpact, changeImpact } from "../preflight/changes";
import { isPlainObject, type JsonObject } from "../shared/json";
import type { Key } from "./configuration";

const BASE = { domain: "example.org" };

/** Another value than the default of a key: its example, or one made up. */
export function otherValue({ example, fallback, choices, schema: { type } }: Key): unknown {
  if (example !== undefined && JSON.stringify(example) !== JSON.stringify(fallback)) return example;
  if (type === "boolean") return fallback !== true;
  if (type === "integer") return Number(fallback ?? 0) + 1;
  if (Array.isArray(fallback)) return fallback.length > 0 ? [] : ["other"];
  if (isPlainObject(fallback)) return Object.keys(fallback).length > 0 ? {} : { other: "value" };
  return choices.find((choice) => choice !== fallback) ?? `${String(fallback)}1`;
}

/** The arguments of an environment in which one key has another value than by default. */
export function changedArgs(key: Key): typeof BASE & JsonObject {
  const tree = key.path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), otherValue(key));
  return { ...BASE, ...(tree as JsonObject) };
}

/** What the change of one key does to an environment that runs. */
export function effectOfKey(key: Key): ChangeImpact {
  const changed = changedArgs(key);
  const free = key.path[0] === "values" ? (changed["values"] as JsonObject) : {};
  const [before, after] = [settings("dev", BASE), settings("dev", changed)];
  return changeImpact(before, after, (s) => chartValues(s, s === after ? free : {}));
}
