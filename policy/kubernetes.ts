import { asObject, asText, getIn, type JsonObject } from "./json";

/** A resource as policies see it, alone or in a stack. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: JsonObject;
}

/**
 * The Kubernetes kind of a resource, whatever its API version, or undefined for anything else:
 * `kubernetes:networking.k8s.io/v1:Ingress` and `kubernetes:extensions/v1beta1:Ingress` are both "Ingress".
 */
export function kindOf(resource: Resource): string | undefined {
  const [provider, , kind] = resource.type.split(":");
  return provider === "kubernetes" ? kind : undefined;
}

export function metadataOf(resource: Resource): JsonObject {
  return asObject(resource.props.metadata);
}

/** The object's name in the cluster; the Pulumi name where Pulumi generates it. */
export function objectName(resource: Resource): string {
  return asText(metadataOf(resource).name) ?? resource.name;
}

/** The object's namespace; undefined where the provider decides. */
export function namespaceOf(resource: Resource): string | undefined {
  return asText(metadataOf(resource).namespace);
}

export function labelsOf(resource: Resource): JsonObject {
  return asObject(metadataOf(resource).labels);
}

export function annotationsOf(resource: Resource): JsonObject {
  return asObject(metadataOf(resource).annotations);
}

export function specOf(resource: Resource, ...keys: string[]): unknown {
  return getIn(resource.props, "spec", ...keys);
}
