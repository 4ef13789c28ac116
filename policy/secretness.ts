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

const secretKeys = new WeakMap<object, ReadonlySet<string>>();

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
  secretKeys.set(properties, new Set(Object.keys(raw).filter((key) => isSecret(raw[key]))));
  return properties;
};

function isSecret(value: unknown): boolean {
  return isObject(value) && value[specialSigKey] === specialSecretSig;
}

/** The keys of a resource's properties that the engine marked as secret. */
export function secretOutputs(properties: Record<string, unknown>): ReadonlySet<string> {
  const target = properties[PROXY_TARGET] ?? properties;
  return secretKeys.get(target) ?? new Set();
}
