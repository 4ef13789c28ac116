import { SHARED_NAMESPACE } from "../../components/kubernetes/annotations";
import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { waitFor } from "../../shared/exec";
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
  if (removable.length === 0) {
    console.log("Nothing to remove.");
  } else if (yes) {
    for (const decision of removable) await removeNamespace(host, decision);
    console.log(`Removed: ${removable.map(({ namespace }) => namespace).join(", ")}.`);
  } else {
    console.log("Nothing was removed. To remove them: make remove-shared-namespaces YES=1");
  }
}

/** A namespace that environments copy from, and why it is kept; without a reason it may be removed. */
export interface CleanupDecision {
  readonly namespace: string;
  readonly uid: string;
  readonly kept?: string;
}

/** Objects that Kubernetes creates in every namespace. */
const DEFAULT_OBJECTS = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];
/** Kinds whose objects expire. */
const EPHEMERAL_KINDS = ["Event"];

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

async function evaluate(host: HostClient, kinds: Kind[], object: KubernetesObject): Promise<CleanupDecision> {
  const namespace = object.metadata?.name ?? "";
  const uid = object.metadata?.uid ?? "";
  if (object.metadata?.deletionTimestamp) return { namespace, uid, kept: "it is being deleted" };
  const others = otherManagers(object);
  if (others.length > 0) return { namespace, uid, kept: `it was created or changed by ${others.join(", ")}` };
  const found = (await Promise.all(kinds.map((kind) => objectsOf(host, kind, namespace)))).flat();
  const left = found.filter((line) => !DEFAULT_OBJECTS.includes(line)).sort();
  return left.length === 0 ? { namespace, uid } : { namespace, uid, kept: `it holds ${summary(left)}` };
}

/**
 * Other writers of the namespace's own fields. Every environment that declares the namespace sets the label, so a field
 * manager that never set it is a third party, such as the one that created the namespace first.
 */
export function otherManagers({ metadata }: KubernetesObject): string[] {
  const entries = (metadata?.managedFields ?? []).filter(({ subresource }) => !subresource);
  const thirdParties = entries.filter(({ fieldsV1 }) => {
    const labels = (fieldsV1 as Fields | undefined)?.["f:metadata"]?.["f:labels"] ?? {};
    return !(`f:${SHARED_NAMESPACE}` in labels);
  });
  return [...new Set(thirdParties.map(({ manager = "an unnamed field manager" }) => manager))];
}

interface Fields {
  "f:metadata"?: { "f:labels"?: Record<string, unknown> };
}

/** Deletes a namespace unless it was replaced since the decision, and waits until it is gone. */
export async function removeNamespace(host: HostClient, { namespace, uid }: CleanupDecision): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await host.remove(path, { preconditions: { uid } });
  await waitFor(`namespace ${namespace} to be gone`, 60_000, async () =>
    (await host.find(path)) === undefined ? true : undefined,
  );
}

interface Kind {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
}

/** Every namespaced kind, custom resources included, each once in the version that the API prefers. */
async function namespacedKinds(host: HostClient): Promise<Kind[]> {
  const { groups } = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>(host, "/apis");
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(paths.map((path) => get<ResourceList>(host, path)));
  return lists.flatMap(({ resources }, index) =>
    resources
      .filter(({ namespaced, verbs, kind }) => namespaced && verbs.includes("list") && !EPHEMERAL_KINDS.includes(kind))
      .map(({ name, kind }) => ({ path: paths[index] ?? "", name, kind })),
  );
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** Objects of one kind in a namespace. Metadata only: the content of Secrets is not requested. */
async function objectsOf(host: HostClient, { path, name, kind }: Kind, namespace: string): Promise<string[]> {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  const url = `${path}/namespaces/${namespace}/${name}`;
  const items = await readable(url, host.list<KubernetesObject>(url, accept));
  // Objects without a uid are not stored but computed at each request, such as metrics.
  return items.filter(({ metadata }) => metadata?.uid).map(({ metadata }) => `${kind} ${metadata?.name ?? ""}`);
}

function get<T extends object>(host: HostClient, path: string): Promise<T> {
  return readable(path, host.get<T>(path));
}

/** @throws Error with the path and the API's message: what cannot be read is not considered empty */
async function readable<T>(path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new Error(`The host's ${path} cannot be read (${error.status ?? "no answer"}): ${error.message}`);
  }
}

function summary(lines: string[]): string {
  return lines.length > 3 ? `${lines.slice(0, 3).join(", ")} and ${lines.length - 3} more` : lines.join(", ");
}
