import { type HostClient, HostError, type KubernetesObject, METADATA_ONLY } from "./client";

/** Objects that Kubernetes creates in every namespace. */
const DEFAULT_OBJECTS = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];
/** Kinds whose objects expire. */
const EPHEMERAL_KINDS = ["Event"];

/** A kind whose objects are in namespaces. */
export interface NamespacedKind {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** Every namespaced kind, custom resources included, each once in the version that the API prefers. */
export async function namespacedKinds(host: HostClient): Promise<NamespacedKind[]> {
  const get = <T extends object>(path: string) => readable(path, host.get<T>(path));
  const { groups } = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(paths.map((path) => get<ResourceList>(path)));
  return lists.flatMap(({ resources }, index) =>
    resources
      .filter(({ namespaced, verbs, kind }) => namespaced && verbs.includes("list") && !EPHEMERAL_KINDS.includes(kind))
      .map(({ name, kind }) => ({ path: paths[index] ?? "", name, kind })),
  );
}

/** What a namespace holds besides the objects that Kubernetes creates in every namespace: `Secret token`, sorted. */
export async function namespaceContents(
  host: HostClient,
  kinds: readonly NamespacedKind[],
  namespace: string,
): Promise<string[]> {
  const found = (await Promise.all(kinds.map((kind) => objectsOf(host, kind, namespace)))).flat();
  return found.filter((line) => !DEFAULT_OBJECTS.includes(line)).sort();
}

/** At most three of the lines, and how many there are besides. */
export function abridged(lines: readonly string[]): string {
  return `${lines.slice(0, 3).join(", ")}${lines.length > 3 ? ` and ${lines.length - 3} more` : ""}`;
}

/** Objects of one kind in a namespace. Metadata only: the content of Secrets is not requested. */
async function objectsOf(host: HostClient, { path, name, kind }: NamespacedKind, namespace: string): Promise<string[]> {
  const accept = `${METADATA_ONLY},application/json`;
  const url = `${path}/namespaces/${namespace}/${name}`;
  const items = await readable(url, host.list<KubernetesObject>(url, accept));
  // Objects without a uid are not stored but computed at each request, such as metrics.
  return items.filter(({ metadata }) => metadata?.uid).map(({ metadata }) => `${kind} ${metadata?.name ?? ""}`);
}

/** @throws HostError with the path and the API's message: what cannot be read is not considered empty */
async function readable<T>(path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const message = `The host's ${path} cannot be read (${error.status ?? "no answer"}): ${error.message}`;
    throw new HostError(message, error.status, { cause: error.cause, code: error.code });
  }
}
