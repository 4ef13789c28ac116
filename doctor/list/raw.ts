import type { HostClient } from "../../host/client";
import { type KubeObject, map, nameOf, namespaceOf } from "../objects";
import { listOf, METADATA, reasonOf } from "../read/reader";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** What a host has of all environments, as it was read. */
export interface Raw {
  readonly now: Date;
  /** Namespaces of environments. */
  readonly namespaces: readonly KubeObject[];
  /** StatefulSets of the chart, in any namespace. */
  readonly statefulSets: readonly KubeObject[];
  /** Helm's records of releases that failed or are pending: metadata only. */
  readonly records: readonly KubeObject[];
  readonly applications: readonly KubeObject[];
  /** Of the environments' namespaces. */
  readonly pods: readonly KubeObject[];
  readonly volumeClaims: readonly KubeObject[];
  /** Use of pods; undefined where the host has no metrics. */
  readonly metrics: readonly KubeObject[] | undefined;
  /** Stacks of the backend; undefined where it could not be asked. */
  readonly stacks: readonly Stack[] | undefined;
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

/** A stack as `pulumi stack ls --json` prints it. */
export interface Stack {
  readonly name: string;
  readonly lastUpdate?: string;
  readonly resourceCount?: number;
}

/** Namespaces that are read at a time. */
const AT_ONCE = 16;

/** Reads the environments of a host: some lists of the whole host, and pods and claims of each environment's namespace. */
export async function readRaw(
  host: HostClient,
  stacks: Promise<readonly Stack[] | undefined>,
  now = new Date(),
): Promise<Raw> {
  const unread: string[] = [];
  const list = async (what: string, path: string, accept?: string): Promise<KubeObject[] | undefined> => {
    try {
      return await listOf(host, path, undefined, accept);
    } catch (error) {
      unread.push(`${what}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const selector = (text: string) => `labelSelector=${encodeURIComponent(text)}`;
  // Without these there is no list; what they throw is the answer.
  const [namespaces, statefulSets] = await Promise.all([
    listOf(host, `/api/v1/namespaces?${selector(ENVIRONMENT_LABEL)}`),
    listOf(host, `/apis/apps/v1/statefulsets?${selector("app=vcluster")}`),
  ]);
  const places = [...new Set([...namespaces.map(nameOf), ...statefulSets.map(namespaceOf)])];
  const failed = "owner=helm,status in (pending-install,pending-upgrade,pending-rollback,failed)";
  const [records, applications, metrics, contents, known] = await Promise.all([
    list("Helm's records", `/api/v1/secrets?${selector(failed)}`, METADATA),
    list("Applications", "/apis/argoproj.io/v1alpha1/applications"),
    list("metrics", "/apis/metrics.k8s.io/v1beta1/pods"),
    inTurns(places, async (place) => {
      const own = `/api/v1/namespaces/${place}`;
      return Promise.all([
        list(`pods of ${place}`, `${own}/pods`),
        list(`volumes of ${place}`, `${own}/persistentvolumeclaims`),
      ]);
    }),
    stacks,
  ]);
  const ofPlaces = (objects: readonly KubeObject[] = []) =>
    objects.filter((object) => places.includes(namespaceOf(object)));
  return {
    now,
    namespaces,
    statefulSets,
    records: ofPlaces(records),
    applications: applications ?? [],
    pods: contents.flatMap(([pods = []]) => pods),
    volumeClaims: contents.flatMap(([, claims = []]) => claims),
    metrics: metrics === undefined || metrics.length === 0 ? undefined : ofPlaces(metrics),
    stacks: known,
    unread,
  };
}

/** Results for all items, at most so many at a time, in the order of the items. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Label by which a namespace names its environment. */
export function environmentOf(namespace: KubeObject | undefined): string | undefined {
  return map(namespace, "metadata", "labels")[ENVIRONMENT_LABEL];
}
