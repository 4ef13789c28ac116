import type { KubernetesObject } from "../../host/client";

/** What an object owns is deleted after it. By default, the provider requests a foreground deletion: before it. */
export const OWNED_LAST = { "pulumi.com/deletionPropagationPolicy": "background" } as const;

/**
 * For objects that only we manage and that nothing depends on.
 *
 * They are deleted immediately. A foreground deletion sets a finalizer and waits for an event that the provider sometimes
 * misses (seen with 4.18.1: ten minutes for a Role).
 *
 * Fields that others have changed are taken back, where server-side apply would report a conflict at every update.
 */
export const OWN_OBJECT = {
  ...OWNED_LAST,
  "pulumi.com/patchForce": "true",
} as const;

/** Whether an object has these annotations; by default those of every object of ours alone. */
export function isMarked(
  { metadata }: KubernetesObject,
  marks: Readonly<Record<string, string>> = OWN_OBJECT,
): boolean {
  return Object.entries(marks).every(([key, value]) => metadata?.annotations?.[key] === value);
}

/**
 * Label of a namespace that environments copy from. Every environment sets it, so a field manager that does not is a third
 * party.
 */
export const SHARED_NAMESPACE = "vcluster-environments/shared-namespace";
