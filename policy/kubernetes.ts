import { asObject, asText, at, type JsonObject } from "./json";

/** A resource as a policy sees it, whether alone or in a stack. */
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

/** The object's name in the cluster; the resource's own name where the program leaves it to Pulumi. */
export function objectName(resource: Resource): string {
  return asText(metadataOf(resource).name) ?? resource.name;
}

/** The object's namespace; undefined where it is left to the provider. */
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
  return at(resource.props, "spec", ...keys);
}
