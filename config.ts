import { existsSync, readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";

import type { EnvironmentArgs } from "./components/config/args";
import type { ResolvedEnvironment } from "./components/config/resolved";
import { KEYS } from "./components/config/schema";
import { resolve } from "./components/resolve";
import { SECRET_VALUES } from "./components/vcluster/install";
import { type Problem, format } from "./shared/errors";
import { getIn, type JsonObject, isPlainObject, merge } from "./shared/json";
import { chartBeside, versionIn, versionsBeside } from "./shared/vcluster/charts-on-disk";

/** Environment variable that names a JSON file with settings of one host, see {@link readConfig}. */
export const OVERLAY = "VCLUSTER_ENVIRONMENTS_OVERLAY";

/**
 * The environment that the stack configuration declares; it is named like the stack unless `environment` says otherwise.
 *
 * The keys are those of {@link EnvironmentArgs}. An empty text, list or map means the default: Pulumi.yaml has to give
 * every optional key some value. Where the environment variable {@link OVERLAY} names a JSON file, its keys (the same,
 * without the project's prefix) are merged over the stack's: settings of one host, such as a mirror of the chart or smaller
 * requests, need no change of the committed files. A host may have the charts of other versions beside the directory that its
 * overlay names, as `<chart.path>-<version>`.
 *
 * @throws ConfigurationError with every problem that can be found without a cluster.
 */
export function readConfig(): ResolvedEnvironment {
  const problems: Problem[] = [];
  const stack = stackConfig(problems);
  const args = merge(stack, withChartOfVersion(overlay(problems), stack, problems));
  const secret = isSecret("values");
  if (secret && args["delivery"] === "argocd") problems.push(SECRET_VALUES);
  const values = secret ? pulumi.secret((args["values"] ?? {}) as JsonObject) : undefined;
  return resolve(pulumi.getStack(), args as unknown as EnvironmentArgs, { problems, values });
}

/** Configuration of the stack under this project's name, parsed. */
function stackConfig(problems: Problem[]): JsonObject {
  const prefix = `${pulumi.getProject()}:`;
  const config: JsonObject = {};
  for (const [full, text] of Object.entries(pulumi.runtime.allConfig())) {
    if (!full.startsWith(prefix)) continue;
    const key = full.slice(prefix.length);
    if (key !== "values" && isSecret(key)) {
      problems.push(secretKey(key));
      continue; // so that no message shows it
    }
    const value = parse(key, text);
    if (!isEmpty(value) || !Object.hasOwn(KEYS, key)) config[key] = value;
  }
  return config;
}

/** Pulumi passes every value as text, maps and lists as JSON. */
function parse(key: string, text: string): unknown {
  if (Object.hasOwn(KEYS, key) && KEYS[key as keyof EnvironmentArgs]["type"] === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function overlay(problems: Problem[]): JsonObject {
  const path = process.env[OVERLAY] ?? "";
  if (path === "") return {};
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isPlainObject(content)) return content;
    problems.push(brokenOverlay(path, `contains ${format(content)} instead of a map`));
  } catch (error) {
    problems.push(brokenOverlay(path, error instanceof Error ? `cannot be read: ${error.message}` : "cannot be read"));
  }
  return {};
}

/** The overlay with the chart of the stack's version. */
function withChartOfVersion(settings: JsonObject, stack: JsonObject, problems: Problem[]): JsonObject {
  const [directory, version] = [getIn(settings, "chart", "path"), getIn(stack, "chart", "version")];
  if (typeof directory !== "string" || typeof version !== "string") return settings;
  const path = chartBeside(directory, version);
  if (existsSync(path)) return merge(settings, { chart: { path } });
  const own = versionIn(directory);
  // With another chart than the image's, the control plane would not start, or not with all that it needs.
  if (own !== undefined && own !== version) {
    problems.push({
      path: "chart.version",
      code: "chart-not-on-host",
      problem: `${format(version)} is not among the charts of this host`,
      allowed: [own, ...versionsBeside(directory)].join(", "),
      fix: "choose one of these, or add it: `make build-vcluster` on the local host",
    });
  }
  return settings;
}

function brokenOverlay(path: string, problem: string): Problem {
  return {
    path: OVERLAY,
    code: "overlay-invalid",
    problem: `the file ${format(path)} ${problem}`,
    allowed: "a JSON file with a map of configuration keys",
    fix: `correct the file, or unset ${OVERLAY}`,
  };
}

function secretKey(key: string): Problem {
  return {
    path: key,
    code: "secret-not-allowed",
    problem: "encrypted in the stack file, but would be readable on the host and in the state",
    allowed: "secrets in values only",
    fix: "set it without --secret",
  };
}

function isEmpty(value: unknown): boolean {
  return (
    value === "" ||
    (Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0)
  );
}

/** Exported by the SDK but missing in its types; `Config` tells secrets apart only by a warning. */
function isSecret(key: string): boolean {
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  return isConfigSecret(`${pulumi.getProject()}:${key}`);
}
