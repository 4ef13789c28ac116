/**
 * For what is deleted while the host lives on: without it the provider asks for a foreground deletion, which sets a
 * finalizer and waits for an event that now and then it misses (seen with 4.18.1: ten minutes for a Role). Objects that
 * nothing depends on are gone at once this way.
 */
export const BACKGROUND_DELETION = { "pulumi.com/deletionPropagationPolicy": "background" } as const;

/**
 * For what nobody else has a part in, and whose defaults Kubernetes writes into a part that it compares as a whole. When a
 * run is killed after it has made such an object and before it has saved that, the next one would find a conflict there.
 */
export const FORCE_PATCH = { "pulumi.com/patchForce": "true" } as const;

/** Label of a namespace that environments copy from. Every environment sets it, so the others' fields stand out. */
export const SHARED_NAMESPACE = "vcluster-environments/shared-namespace";
