import * as https from "node:https";

import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  V1DeleteOptions,
  type V1Namespace,
  V1Preconditions,
} from "@kubernetes/client-node";

import { SHARED_NAMESPACE } from "../../components/kubernetes/annotations";
import { waitFor } from "../../shared/exec";

/** A namespace that environments copy from, and why it has to stay; without a reason it may go. */
export interface CleanupDecision {
  readonly namespace: string;
  readonly uid: string;
  readonly kept?: string;
}

/** What Kubernetes itself puts into every namespace. */
const DEFAULT_OBJECTS = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];
/** They expire by themselves. */
const EPHEMERAL_KINDS = ["Event"];

/**
 * The namespaces that carry our mark. Those may go that an environment made and in which nothing is left: no Secret of
 * anybody, and no right of an environment to read there.
 */
export async function sharedNamespaces(config: KubeConfig): Promise<CleanupDecision[]> {
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespace({ labelSelector: `${SHARED_NAMESPACE}=true` });
  const kinds = items.length > 0 ? await namespacedKinds(config) : [];
  return Promise.all(items.map((namespace) => evaluate(config, kinds, namespace)));
}

async function evaluate(config: KubeConfig, kinds: Kind[], object: V1Namespace): Promise<CleanupDecision> {
  const namespace = object.metadata?.name ?? "";
  const uid = object.metadata?.uid ?? "";
  if (object.metadata?.deletionTimestamp) return { namespace, uid, kept: "it is being deleted" };
  const others = otherManagers(object);
  if (others.length > 0) return { namespace, uid, kept: `it was made or changed by ${others.join(", ")}` };
  const found = (await Promise.all(kinds.map((kind) => list(config, kind, namespace)))).flat();
  const left = found.filter((line) => !DEFAULT_OBJECTS.includes(line)).sort();
  return left.length === 0 ? { namespace, uid } : { namespace, uid, kept: `it holds ${summary(left)}` };
}

/**
 * Who else has written into the namespace's own fields. Every environment that declares it sets the mark; whoever has
 * fields there without the mark is somebody else, such as the one who had made it before.
 */
export function otherManagers({ metadata }: V1Namespace): string[] {
  const entries = (metadata?.managedFields ?? []).filter(({ subresource }) => !subresource);
  const strangers = entries.filter(({ fieldsV1 }) => {
    const labels = (fieldsV1 as Fields | undefined)?.["f:metadata"]?.["f:labels"] ?? {};
    return !(`f:${SHARED_NAMESPACE}` in labels);
  });
  return [...new Set(strangers.map(({ manager = "somebody" }) => manager))];
}

interface Fields {
  "f:metadata"?: { "f:labels"?: Record<string, unknown> };
}

/** Deletes a namespace unless it was replaced since it was judged, and waits until it is gone. */
export async function removeNamespace(config: KubeConfig, { namespace, uid }: CleanupDecision): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const body = Object.assign(new V1DeleteOptions(), { preconditions: Object.assign(new V1Preconditions(), { uid }) });
  await core.deleteNamespace({ name: namespace, body });
  await waitFor(`namespace ${namespace} to be gone`, 60_000, async () => {
    try {
      await core.readNamespace({ name: namespace });
      return undefined;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return true;
      throw error;
    }
  });
}

interface Kind {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
}

/** Everything that can be in a namespace, custom kinds included; each once, in the version that the API prefers. */
async function namespacedKinds(config: KubeConfig): Promise<Kind[]> {
  const { groups } = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>(config, "/apis");
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(paths.map((path) => get<ResourceList>(config, path)));
  return lists.flatMap(({ resources }, index) =>
    resources
      .filter(({ namespaced, verbs, kind }) => namespaced && verbs.includes("list") && !EPHEMERAL_KINDS.includes(kind))
      .map(({ name, kind }) => ({ path: paths[index] ?? "", name, kind })),
  );
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** What a namespace holds of one kind. Metadata only: the content of Secrets stays where it is. */
async function list(config: KubeConfig, { path, name, kind }: Kind, namespace: string): Promise<string[]> {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  const { items } = await get<{ items: { metadata: { name: string; uid?: string } }[] | null }>(
    config,
    `${path}/namespaces/${namespace}/${name}`,
    accept,
  );
  // Without a uid it is not stored but computed at each request, such as metrics.
  return (items ?? []).filter(({ metadata }) => metadata.uid).map(({ metadata }) => `${kind} ${metadata.name}`);
}

/** @throws Error with the path and what the API answered: what cannot be looked at is not taken for empty */
async function get<T>(config: KubeConfig, path: string, accept = "application/json"): Promise<T> {
  const options: https.RequestOptions = { headers: { accept }, timeout: 30_000 };
  await config.applyToHTTPSOptions(options);
  const url = `${config.getCurrentCluster()?.server ?? ""}${path}`;
  return new Promise<T>((resolve, reject) => {
    const sent = https.get(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(body) as T);
        else reject(new Error(`The host answers GET ${path} with ${response.statusCode ?? 0}: ${body.slice(0, 300)}`));
      });
    });
    sent.once("timeout", () => sent.destroy(new Error(`The host does not answer GET ${path}`)));
    sent.once("error", reject);
  });
}

function summary(lines: string[]): string {
  return lines.length > 3 ? `${lines.slice(0, 3).join(", ")} and ${lines.length - 3} more` : lines.join(", ");
}
