import { type Input, Output, output } from "@pulumi/pulumi";

import { type Problem, throwIfAny, withOthers } from "../shared/errors";
import type { JsonObject } from "../shared/json";
import type { EnvironmentArgs } from "./config/args";
import type { Settings } from "./config/defaults";
import { environmentNames, type Names } from "./names";
import { examine } from "./validate";
import { checkValues } from "./vcluster/validate-values";
import { chartValues } from "./vcluster/values";

const RESOLVED = Symbol("resolved");

/** An environment whose arguments are checked and complete. Only {@link resolve} makes one. */
export interface ResolvedEnvironment extends Settings {
  readonly names: Names;
  /** Everything that the chart gets; secret where the free values are. */
  readonly chartValues: Output<JsonObject>;
  readonly [RESOLVED]: true;
}

export interface ResolveOptions {
  /** Mistakes that the caller found, which are reported together with the others. */
  readonly problems?: readonly Problem[];
  /** What the resources get for the values of the arguments: the same, but secret or dependent on other resources. */
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
  const { problems, settings: s } = examine(name, args);
  const { environment } = args as { environment?: unknown };
  throwIfAny(typeof environment === "string" ? environment : name, withOthers(options.problems ?? [], problems));
  const later = isLater(args.values);
  const values = options.values ?? s.values;
  const finished = output(values).apply((free) => {
    if (later) throwIfAny(s.environment, checkValues(s, free));
    return chartValues(s, free);
  });
  return { ...s, values, names: environmentNames(s.environment, s.domain), chartValues: finished, [RESOLVED]: true };
}

export function isResolved(args: EnvironmentArgs | ResolvedEnvironment): args is ResolvedEnvironment {
  return RESOLVED in args;
}

/** True where a check cannot look at all of it yet. */
function isLater(value: unknown): boolean {
  if (Output.isInstance(value) || value instanceof Promise) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(isLater);
}
