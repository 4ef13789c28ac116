import { REPLICAS_KEY, VOLUME_KEYS } from "../components/config/chart-keys";
import { settings, type Settings } from "../components/config/defaults";
import { chartValues } from "../components/vcluster/values";
import { getIn, isPlainObject, nest } from "../shared/json";
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

/** What the change of one key does to an environment that runs. */
export function effectOfKey(key: Key): ChangeImpact {
  return changeImpact(settings("dev", BASE), settings("dev", { ...BASE, ...nest(key.path, otherValue(key)) }));
}

/** What a change of the settings does to an environment that runs. */
export type ChangeImpact =
  "new environment" | "new volume" | "other delivery" | "other Argo CD" | "restart" | "in place";

/** The effect of going from `before` to `after`, whose values are plain. */
export function changeImpact(before: Settings, after: Settings): ChangeImpact {
  if (before.names.namespace !== after.names.namespace) return "new environment";
  if (before.delivery !== after.delivery) return "other delivery";
  if (before.argocd.namespace !== after.argocd.namespace) return "other Argo CD";
  const volume = (env: Settings) =>
    JSON.stringify([...VOLUME_KEYS, REPLICAS_KEY].map(({ key }) => getIn(env, ...key.split("."))));
  if (volume(before) !== volume(after)) return "new volume";
  const values = (env: Settings) => JSON.stringify(chartValues(env, isPlainObject(env.values) ? env.values : {}));
  return values(before) === values(after) ? "in place" : "restart";
}
