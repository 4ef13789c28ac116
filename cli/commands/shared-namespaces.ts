import { SHARED_NAMESPACE } from "../../components/kubernetes/annotations";
import type { HostClient, KubernetesObject } from "../../host/client";
import { abridged, namespaceContents, type NamespacedKind, namespacedKinds } from "../../host/namespace-contents";
import { getIn } from "../../shared/json";
import { waitFor } from "../../shared/wait";
import { hostOf } from "../host-client";
import type { StackAccess } from "../target";

/** Lists the shared namespaces of the stack's host; with `yes` removes those that are no longer needed. */
export async function removeSharedNamespaces(target: StackAccess, yes: boolean): Promise<void> {
  const host = await hostOf(target);
  const decisions = await sharedNamespaces(host);
  for (const { namespace, kept } of decisions) {
    console.log(kept === undefined ? `  to remove  ${namespace}` : `  kept       ${namespace}: ${kept}`);
  }
  const removable = decisions.filter(({ kept }) => kept === undefined);
  if (removable.length === 0) console.log("Nothing to remove.");
  else if (!yes) console.log("Nothing was removed. To remove them: make remove-shared-namespaces YES=1");
  else {
    for (const decision of removable) await removeNamespace(host, decision);
    console.log(`Removed: ${removable.map(({ namespace }) => namespace).join(", ")}.`);
  }
}

/** A namespace that environments copy from, and why it is kept; without a reason it may be removed. */
export interface CleanupDecision {
  readonly namespace: string;
  readonly uid: string;
  readonly kept?: string;
}

/**
 * The namespaces that carry our label. A namespace may be removed when an environment created it and nothing is left in
 * it: no Secret of any owner, and no Role of an environment to read there.
 */
export async function sharedNamespaces(host: HostClient): Promise<CleanupDecision[]> {
  const selector = encodeURIComponent(`${SHARED_NAMESPACE}=true`);
  const namespaces = await host.list<KubernetesObject>(`/api/v1/namespaces?labelSelector=${selector}`);
  const kinds = namespaces.length > 0 ? await namespacedKinds(host) : [];
  return Promise.all(namespaces.map((namespace) => evaluate(host, kinds, namespace)));
}

async function evaluate(
  host: HostClient,
  kinds: readonly NamespacedKind[],
  object: KubernetesObject,
): Promise<CleanupDecision> {
  const { name: namespace = "", uid = "", deletionTimestamp } = object.metadata ?? {};
  if (deletionTimestamp) return { namespace, uid, kept: "it is being deleted" };
  const others = otherManagers(object);
  if (others.length > 0) return { namespace, uid, kept: `it was created or changed by ${others.join(", ")}` };
  const left = await namespaceContents(host, kinds, namespace);
  return left.length === 0 ? { namespace, uid } : { namespace, uid, kept: `it holds ${abridged(left)}` };
}

/**
 * Other writers of the namespace's own fields. Every environment that declares the namespace sets the label, so a field
 * manager that never set it is a third party, such as the one that created the namespace first.
 */
export function otherManagers({ metadata }: KubernetesObject): string[] {
  const entries = (metadata?.managedFields ?? []).filter(({ subresource }) => !subresource);
  const label = ["f:metadata", "f:labels", `f:${SHARED_NAMESPACE}`];
  const thirdParties = entries.filter(({ fieldsV1 }) => getIn(fieldsV1, ...label) === undefined);
  return [...new Set(thirdParties.map(({ manager = "an unnamed field manager" }) => manager))];
}

/** Deletes a namespace unless it was replaced since the decision, and waits until it is gone. */
export async function removeNamespace(host: HostClient, { namespace, uid }: CleanupDecision): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await host.remove(path, { preconditions: { uid } });
  const gone = async () => (await host.find(path)) === undefined;
  await waitFor(gone, { what: `namespace ${namespace} to be gone`, timeoutMs: 60_000 });
}
