import { mergeOptions, type Output, type Resource, type ResourceTransformation } from "@pulumi/pulumi";

import type { Names } from "../components/names";
import { throwIfAny } from "../shared/errors";
import { namespaceConflict } from "./conflicts";

/** A namespace as far as it is read. */
interface Namespace extends Resource {
  readonly metadata: Output<{ readonly deletionTimestamp?: string }>;
}

/**
 * Stops an update whose refresh has seen the namespace while Kubernetes was deleting it, before it makes anything there: the
 * state has the namespace, and the host may have none by the time that preflight looks.
 */
export function stoppingWhileDeleted(environment: string, names: Names): ResourceTransformation {
  let namespace: Resource | undefined;
  let seen: Output<Resource> | undefined;
  return ({ resource, type, props, opts }) => {
    const { metadata } = props as { metadata?: { name?: unknown } };
    if (type === "kubernetes:core/v1:Namespace" && metadata?.name === names.namespace) namespace = resource;
    if (namespace === undefined || resource === namespace) return undefined;
    const found = namespace as Namespace;
    // Once for all, so that Pulumi prints it once.
    seen ??= found.metadata.apply(({ deletionTimestamp }) => {
      throwIfAny(environment, namespaceConflict(names, { metadata: { deletionTimestamp } }));
      return found;
    });
    return { props, opts: mergeOptions(opts, { dependsOn: seen }) };
  };
}
