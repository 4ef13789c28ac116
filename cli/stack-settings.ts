import { type Settings, settings } from "../components/config/defaults";
import type { EnvironmentArgs } from "../components/config/args";
import { KEYS } from "../components/config/schema";
import { isPlainObject, merge } from "../shared/json";
import { readOverlay } from "./running-environment";

const PREFIX = "vcluster-environments:";

/**
 * The settings that a stack's configuration gives, as the program reads it, and without its checks: a doctor looks at what
 * runs, whether or not the next update would be refused.
 *
 * @param config as `readConfig` of the command line returns it
 */
export function stackSettings(stack: string, config: Readonly<Record<string, string | undefined>>): Settings {
  const entries = Object.entries(config).flatMap(([full, text]): [string, unknown][] => {
    if (!full.startsWith(PREFIX) || text === undefined) return [];
    const key = full.slice(PREFIX.length);
    const value = parsed(key, text);
    return isEmpty(value) ? [] : [[key, value]];
  });
  const args = merge(Object.fromEntries(entries), readOverlay());
  return settings(stack, args as unknown as EnvironmentArgs);
}

/** Pulumi passes maps and lists as JSON. */
function parsed(key: string, text: string): unknown {
  if (Object.hasOwn(KEYS, key) && KEYS[key as keyof EnvironmentArgs]["type"] === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Pulumi.yaml gives every optional key an empty value. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || (isPlainObject(value) && Object.keys(value).length === 0);
}
