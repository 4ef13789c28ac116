/**
 * For objects that only we manage and that nothing depends on.
 *
 * They are deleted immediately. By default, the provider requests a foreground deletion, which sets a finalizer and waits
 * for an event that it sometimes misses (seen with 4.18.1: ten minutes for a Role).
 *
 * Fields that others have changed are taken back, where server-side apply would report a conflict at every update.
 */
export const OWN_OBJECT = {
  "pulumi.com/deletionPropagationPolicy": "background",
  "pulumi.com/patchForce": "true",
} as const;

/** Label by which the namespaces and Applications of all environments are found; its value is the environment's name. */
export const ENVIRONMENT_LABEL = "vcluster-environments/environment";

/**
 * Label of a namespace that environments copy from. Every environment sets it, so a field manager that does not is a third
 * party.
 */
export const SHARED_NAMESPACE = "vcluster-environments/shared-namespace";
