import { createRequire } from "node:module";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { isPlainObject } from "./json";

// `kubeconfig-outputs` and the messages of all rules need to know which properties are secret. The engine sends that, but
// the SDK unwraps secrets before policies see them, so this module wraps the SDK's function. The SDK's version is pinned;
// if the function is gone, the pack fails to start instead of missing secrets.

interface Deserialize {
  deserializeProperties?: (struct: { toJavaScript(): Record<string, unknown> }, ...rest: unknown[]) => object;
}

/** The key under which the SDK's proxies return their target. */
const PROXY_TARGET = "__getSpecialProxyTarget";

interface Secrets {
  /** Keys whose value is a secret. */
  readonly whole: ReadonlySet<string>;
  /** Keys whose value is or contains a secret. */
  readonly touched: ReadonlySet<string>;
}

const NO_SECRETS: Secrets = { whole: new Set(), touched: new Set() };
const known = new WeakMap<object, Secrets>();

// Through `require`, because module objects of imports are read-only.
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
  return isPlainObject(value) && value[specialSigKey] === specialSecretSig;
}

function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

/** What the engine marked as secret among a resource's properties. */
export function secretsOf(properties: Record<string, unknown>): Secrets {
  return known.get(properties[PROXY_TARGET] ?? properties) ?? NO_SECRETS;
}
