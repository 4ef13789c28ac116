import { type Effect, effectOf } from "../components/changes";
import { settings } from "../components/defaults";
import { isTree, type Tree } from "../components/merge";
import { chartValues } from "../components/values";
import type { Key } from "./configuration";

const BASE = { domain: "example.org" };

/** Another value than the default of a key: its example, or one made up. */
export function otherValue({ example, fallback, choices, type }: Key): unknown {
  if (example !== undefined && JSON.stringify(example) !== JSON.stringify(fallback)) return example;
  if (type === "boolean") return fallback !== true;
  if (type === "integer") return Number(fallback ?? 0) + 1;
  if (Array.isArray(fallback)) return fallback.length > 0 ? [] : ["other"];
  if (isTree(fallback)) return Object.keys(fallback).length > 0 ? {} : { other: "value" };
  return choices.find((choice) => choice !== fallback) ?? `${String(fallback)}1`;
}

/** The arguments of an environment in which one key has another value than by default. */
export function changedArgs(key: Key): typeof BASE & Tree {
  const tree = key.path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), otherValue(key));
  return { ...BASE, ...(tree as Tree) };
}

/** What the change of one key does to an environment that runs. */
export function effectOfKey(key: Key): Effect {
  const changed = changedArgs(key);
  const free = key.path[0] === "values" ? (changed["values"] as Tree) : {};
  const [before, after] = [settings("dev", BASE), settings("dev", changed)];
  return effectOf(before, after, (s) => chartValues(s, s === after ? free : {}));
}
