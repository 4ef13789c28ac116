import { type Input, Output, output } from "@pulumi/pulumi";

import { type Problem, throwIfAny, withOthers } from "../shared/errors";
import type { JsonObject } from "../shared/json";
import type { EnvironmentArgs } from "./config/args";
import { RESOLVED, type ResolvedEnvironment } from "./config/resolved";
import { examine } from "./validate";
import { checkValues } from "./vcluster/validate-values";
import { chartValues } from "./vcluster/values";

export interface ResolveOptions {
  /** Problems that the caller found, which are reported together with the others. */
  readonly problems?: readonly Problem[];
  /** The values of the arguments as an output, which may be secret or depend on other resources. */
  readonly values?: Input<JsonObject> | undefined;
}

/**
 * Checks the arguments of the environment `name` and completes them, once in a run.
 *
 * Values that are an output or a promise are checked once they are known.
 *
 * @throws ConfigurationError with every mistake, before anything is registered
 */
export function resolve(name: string, args: EnvironmentArgs, options: ResolveOptions = {}): ResolvedEnvironment {
  const { problems, settings } = examine(name, args);
  const { environment } = args as { environment?: unknown };
  throwIfAny(typeof environment === "string" ? environment : name, withOthers(options.problems ?? [], problems));
  const later = isLater(args.values);
  const values = options.values ?? settings.values;
  const merged = output(values).apply((overrides) => {
    if (later) throwIfAny(settings.environment, checkValues(settings, overrides));
    return chartValues(settings, overrides);
  });
  return { ...settings, values, chartValues: merged, [RESOLVED]: true };
}

export function isResolved(args: EnvironmentArgs | ResolvedEnvironment): args is ResolvedEnvironment {
  return RESOLVED in args;
}

/** True where a part is not known yet. */
function isLater(value: unknown): boolean {
  if (Output.isInstance(value) || value instanceof Promise) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(isLater);
}
