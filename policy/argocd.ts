import { ARGOCD_SECRET_TYPE } from "../shared/kubernetes";
import { asObject, asText, isPlainObject, parseObject, type JsonObject } from "./json";
import { kindOf, labelsOf, type Resource } from "./kubernetes";
import { ifKnown } from "./rule";

/** True for a Secret that registers a cluster with Argo CD. */
export function isClusterSecret(resource: Resource): boolean {
  return kindOf(resource) === "Secret" && labelsOf(resource)[ARGOCD_SECRET_TYPE] === "cluster";
}

/** The `applies` of rules about such Secrets. */
export function clusterSecretsOnly(resource: Resource): string | undefined {
  if (!isClusterSecret(resource)) return "applies to cluster Secrets of Argo CD";
  return contentsOf(resource) === undefined ? LATER : undefined;
}

/**
 * A cluster Secret contains a token that exists only after the virtual cluster does, so that the whole Secret is unknown
 * in a first preview. That should not cause a warning in every preview: the rule runs again during the update, before the
 * Secret is created.
 */
export const LATER = "the contents of the Secret are known during the update, when this rule runs again";

/** The contents of a Secret, or undefined while they are unknown. */
export function contentsOf({
  props,
}: Resource): { readonly plain: JsonObject; readonly encoded: JsonObject } | undefined {
  return ifKnown(() => ({ plain: asObject(props.stringData), encoded: asObject(props.data) }));
}

/** True where a Secret has the key, as plain text or base64. */
export function hasKey(resource: Resource, key: string): boolean {
  const { plain = {}, encoded = {} } = contentsOf(resource) ?? {};
  return key in plain || key in encoded;
}

/** The value of a key of a Secret, decoded. */
export function secretText(resource: Resource, key: string): string | undefined {
  const { plain = {}, encoded = {} } = contentsOf(resource) ?? {};
  const inBase64 = asText(encoded[key]);
  return asText(plain[key]) ?? (inBase64 === undefined ? undefined : Buffer.from(inBase64, "base64").toString("utf8"));
}

/** The connection settings in a cluster's Secret; "unreadable" where that is not a JSON object. */
export function connectionOf(resource: Resource): JsonObject | "unknown" | "unreadable" {
  return ifKnown(() => parseObject(secretText(resource, "config") ?? "") ?? "unreadable") ?? "unknown";
}

/** The TLS settings of a connection. */
export function tlsSettings(connection: JsonObject): JsonObject {
  return isPlainObject(connection.tlsClientConfig) ? connection.tlsClientConfig : {};
}
