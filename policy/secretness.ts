import { createRequire } from "node:module";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { isObject } from "./json";

// The engine tells a policy pack which properties are secret, and the SDK unwraps them before a stack policy sees any.
// This module listens where the SDK unwraps. The SDK's version is pinned; if the function moves, the pack does not
// start, which is better than a rule that no longer sees anything.

interface Deserialize {
  deserializeProperties?: (struct: { toJavaScript(): Record<string, unknown> }, ...rest: unknown[]) => object;
}

/** The key under which the SDK's proxies give what they guard. */
const PROXY_TARGET = "__getSpecialProxyTarget";

interface Secrets {
  /** Keys whose value is a secret. */
  readonly whole: ReadonlySet<string>;
  /** Keys whose value is a secret or has one in it. */
  readonly touched: ReadonlySet<string>;
}

const NO_SECRETS: Secrets = { whole: new Set(), touched: new Set() };
const known = new WeakMap<object, Secrets>();

// Through `require`, because the module object of an import cannot be changed.
const sdk = createRequire(__filename)("@pulumi/policy/deserialize") as Deserialize;
const original = sdk.deserializeProperties;
if (original === undefined) {
  throw new Error(
    "@pulumi/policy no longer has deserializeProperties, by which kubeconfig-outputs knows what is secret",
  );
}
sdk.deserializeProperties = (struct, ...rest) => {
  const properties = original(struct, ...rest);
  const raw = struct.toJavaScript();
  const keys = Object.keys(raw);
  known.set(properties, {
    whole: new Set(keys.filter((key) => isSecret(raw[key]))),
    touched: new Set(keys.filter((key) => hasSecret(raw[key]))),
  });
  return properties;
};

function isSecret(value: unknown): boolean {
  return isObject(value) && value[specialSigKey] === specialSecretSig;
}

function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

/** What the engine marked as secret among a resource's properties. */
export function secretsOf(properties: Record<string, unknown>): Secrets {
  return known.get(properties[PROXY_TARGET] ?? properties) ?? NO_SECRETS;
}
