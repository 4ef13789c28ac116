import { format, join, type Problem } from "../../shared/errors";
import { isPlainObject, type JsonObject } from "../../shared/json";
import type { EnvironmentArgs } from "./args";
import { FROM_HOST, TO_HOST } from "./sync-kinds";

/** Type of a value. */
export type Leaf =
  "text" | "quantity" | "boolean" | "integer" | "texts" | "textMap" | "quantities" | "openings" | "tree" | "trees";
export type Shape = Leaf | Branch;
/** Shapes by key; under {@link ANY} that of all keys of a map whose names are free. */
export interface Branch {
  readonly [key: string]: Shape;
}
export const ANY = "*";

const quantities: Branch = { cpu: "quantity", memory: "quantity" };
const probe: Branch = {
  enabled: "boolean",
  periodSeconds: "integer",
  timeoutSeconds: "integer",
  failureThreshold: "integer",
};
const switches = (kinds: readonly string[]): Branch => Object.fromEntries(kinds.map((kind) => [kind, "boolean"]));

/** Keys and types of {@link EnvironmentArgs}, for what the compiler does not see: YAML, JSON and JavaScript. */
export const SCHEMA: Readonly<Record<keyof EnvironmentArgs, Shape>> = {
  environment: "text",
  domain: "text",
  delivery: "text",
  chart: { repository: "text", version: "text", path: "text" },
  image: { registry: "text", repository: "text", tag: "text" },
  kubernetesVersion: "text",
  controlPlane: {
    requests: quantities,
    limits: quantities,
    startTimeoutSeconds: "integer",
    virtualScheduler: "boolean",
    probes: { liveness: probe, readiness: probe, startup: probe },
    nodeSelector: "textMap",
    tolerations: "trees",
    affinity: "tree",
    priorityClass: "text",
  },
  persistence: {
    size: "quantity",
    storageClass: "text",
    accessModes: "texts",
    retain: "boolean",
    allowDataLoss: "boolean",
  },
  sync: {
    secrets: "textMap",
    configMaps: "textMap",
    fromHost: switches(FROM_HOST),
    toHost: switches(TO_HOST),
  },
  extraSans: "texts",
  ingress: {
    controller: "text",
    className: "text",
    gateway: { name: "text", namespace: "text", sectionName: "text", routeVersion: "text" },
  },
  argocd: {
    register: "boolean",
    namespace: "text",
    deliveryProject: "text",
    namespaces: "texts",
    clusterResources: "boolean",
    sources: "texts",
    rotation: "text",
    labels: "textMap",
    annotations: "textMap",
    syncTimeoutSeconds: "integer",
    deleteTimeoutSeconds: "integer",
  },
  applications: {
    [ANY]: {
      repository: "text",
      path: "text",
      chart: "text",
      revision: "text",
      namespace: "text",
      values: "tree",
      project: "text",
      sync: { automated: "boolean", prune: "boolean", selfHeal: "boolean", options: "texts" },
      wait: "boolean",
    },
  },
  readiness: { enabled: "boolean", timeoutSeconds: "integer" },
  labels: "textMap",
  annotations: "textMap",
  isolation: {
    profile: "text",
    quota: "quantities",
    containerLimits: "quantities",
    containerRequests: "quantities",
    ingressNamespace: "text",
    egress: "openings",
    ingress: "openings",
    ingressHosts: "texts",
    hostApi: "openings",
  },
  values: "tree",
};

const leaves: Record<Leaf, { readonly allowed: string; readonly test: (value: unknown) => boolean }> = {
  text: { allowed: "text", test: isText },
  quantity: { allowed: 'a quantity such as "250m" or "4Gi"', test: (v) => isText(v) || typeof v === "number" },
  boolean: { allowed: "true or false", test: (value) => typeof value === "boolean" },
  integer: { allowed: "a whole number", test: Number.isSafeInteger },
  texts: { allowed: "a list of texts", test: (value) => Array.isArray(value) && value.every(isText) },
  textMap: { allowed: "a map from text to text", test: (v) => isPlainObject(v) && Object.values(v).every(isText) },
  quantities: {
    allowed: "a map from text to quantities",
    test: (value) => isPlainObject(value) && Object.values(value).every((v) => isText(v) || typeof v === "number"),
  },
  openings: {
    allowed: "a list of maps with cidr or namespace, and ports",
    test: (value) => Array.isArray(value) && value.every(isPlainObject),
  },
  tree: { allowed: "a map", test: isPlainObject },
  trees: { allowed: "a list of maps", test: (value) => Array.isArray(value) && value.every(isPlainObject) },
};

/**
 * Unknown keys and values of the wrong type in `args`, and `args` without them, so that the checks of what the values
 * mean can still look at the rest. `undefined` counts as absent.
 */
export function checkSchema_(args: JsonObject): { findings: Problem[]; clean: JsonObject } {
  const findings: Problem[] = [];
  return { clean: prune(args, SCHEMA, "", findings), findings };
}

function prune(tree: JsonObject, branch: Branch, path: string, findings: Problem[]): JsonObject {
  const clean: JsonObject = {};
  for (const [key, value] of Object.entries(tree)) {
    const shape = Object.hasOwn(branch, key) ? branch[key] : branch[ANY];
    const here = join(path, key);
    if (value === undefined) continue;
    if (shape === undefined) findings.push(unknownKey(here, key, Object.keys(branch)));
    else if (typeof shape !== "string" && isPlainObject(value)) clean[key] = prune(value, shape, here, findings);
    else if (typeof shape === "string" && leaves[shape].test(value)) clean[key] = value;
    else findings.push(wrongType(here, value, shape));
  }
  return clean;
}

function wrongType(path: string, value: unknown, shape: Shape): Problem {
  const keys = typeof shape === "string" || ANY in shape ? "" : ` with ${list(Object.keys(shape))}`;
  const allowed = typeof shape === "string" ? leaves[shape].allowed : `a map${keys}`;
  const fix = shape === "text" && typeof value === "number" ? "put it in quotes" : "give it a value of that type";
  return { path, code: "wrong-type", problem: `${format(value)} is of the wrong type`, allowed, fix };
}

/** A key that is none of the `known` ones, with the nearest of those. */
export function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  const closest = known.map((name) => ({ name, far: distance(key.toLowerCase(), name.toLowerCase()) }));
  const best = closest.sort((a, b) => a.far - b.far)[0];
  const near = best !== undefined && best.far <= Math.max(2, best.name.length / 3) ? best.name : undefined;
  const fix = near === undefined ? "remove it" : `did you mean ${format(near)}?`;
  return { path, code: "unknown-key", problem: "there is no such key", allowed: list(known), fix };
}

function list(keys: readonly string[]): string {
  return [...keys].sort().join(", ");
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const insert = Math.min(next[j] ?? 0, row[j + 1] ?? 0) + 1;
      next.push(Math.min(insert, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
