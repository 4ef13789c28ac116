import { asObject, asText, isObject, parseObject, type JsonObject } from "./json";
import { kindOf, labelsOf, type Resource } from "./kubernetes";
import { ifKnown } from "./rule";

export const SECRET_TYPE_LABEL = "argocd.argoproj.io/secret-type";

/** True for the Secret that makes a cluster known to Argo CD. */
export function isClusterSecret(resource: Resource): boolean {
  return kindOf(resource) === "Secret" && labelsOf(resource)[SECRET_TYPE_LABEL] === "cluster";
}

/** The `applies` of rules about such Secrets. */
export function clusterSecretsOnly(resource: Resource): string | undefined {
  if (!isClusterSecret(resource)) return "is about the Secrets of Argo CD's clusters";
  return contentsOf(resource) === undefined ? LATER : undefined;
}

/**
 * A cluster's Secret holds a token, which exists only once the virtual cluster does, and with it the SDK makes all of
 * the Secret unknown to a first preview. That is no reason for a warning in every preview: the rule runs again during
 * the update, before the Secret is made.
 */
export const LATER = "what is in the Secret is known during the update, when this rule runs again";

/** What stands in a Secret, or undefined while that is unknown. */
export function contentsOf({
  props,
}: Resource): { readonly plain: JsonObject; readonly encoded: JsonObject } | undefined {
  return ifKnown(() => ({ plain: asObject(props.stringData), encoded: asObject(props.data) }));
}

/** True where a Secret has the key, in plain or in base64. */
export function hasKey(resource: Resource, key: string): boolean {
  const { plain = {}, encoded = {} } = contentsOf(resource) ?? {};
  return key in plain || key in encoded;
}

/** The text under a key of a Secret, decoded. */
export function secretText(resource: Resource, key: string): string | undefined {
  const { plain = {}, encoded = {} } = contentsOf(resource) ?? {};
  const inBase64 = asText(encoded[key]);
  return asText(plain[key]) ?? (inBase64 === undefined ? undefined : Buffer.from(inBase64, "base64").toString("utf8"));
}

/** The connection settings in a cluster's Secret; "unreadable" where the text is no JSON object. */
export function connectionOf(resource: Resource): JsonObject | "unknown" | "unreadable" {
  return ifKnown(() => parseObject(secretText(resource, "config") ?? "") ?? "unreadable") ?? "unknown";
}

/** The TLS settings of a connection. */
export function tlsSettings(connection: JsonObject): JsonObject {
  return isObject(connection.tlsClientConfig) ? connection.tlsClientConfig : {};
}
