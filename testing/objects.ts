import { setTimeout as delay } from "node:timers/promises";

import { METADATA_ONLY } from "../host/client";
import type { Cluster } from "./cluster";

/** Every stored object of a cluster: `group/Kind namespace/name` (namespace `-` for the whole cluster) to its uid. */
export type Objects = Map<string, string>;

/**
 * Kinds that come and go by themselves, whatever the tests do. Everything else is compared, Leases and EndpointSlices
 * too: their renewals change a version, not the uid.
 */
const moving = new Set([
  "/events", // every controller writes them, and they expire after an hour
  "events.k8s.io/events", // the same objects under their newer group
  "certificates.k8s.io/certificatesigningrequests", // the kubelet's; deleted an hour after their approval
]);

interface ApiResourceList {
  resources: { name: string; kind: string; verbs: string[] }[];
}
interface ApiGroupList {
  groups: { name: string; versions: { groupVersion: string }[] }[];
}
interface MetadataList {
  /** The API server writes an empty list as `null`. */
  items: { metadata: { name: string; namespace?: string; uid?: string } }[] | null;
}

/** Asks the cluster for its listable kinds, custom ones included, and lists every object of each. */
export async function listObjects(cluster: Cluster): Promise<Objects> {
  const { groups } = await cluster.getJson<ApiGroupList>("/apis");
  // Every version, because a kind may exist in none but an old or a new one.
  const paths = [
    { group: "", path: "/api/v1" },
    ...groups.flatMap(({ name, versions }) =>
      versions.map(({ groupVersion }) => ({ group: name, path: `/apis/${groupVersion}` })),
    ),
  ];
  const objects: Objects = new Map();
  const listed = new Set(moving);
  for (const { group, path } of paths) {
    for (const { name, kind, verbs } of (await cluster.getJson<ApiResourceList>(path)).resources) {
      if (!verbs.includes("list") || listed.has(`${group}/${name}`)) continue;
      listed.add(`${group}/${name}`);
      // Metadata only: smaller, and the content of Secrets stays where it is.
      const accept = `${METADATA_ONLY},application/json`;
      const { items } = await cluster.getJson<MetadataList>(`${path}/${name}`, accept);
      for (const { metadata } of items ?? []) {
        // What has no uid is not stored but computed at each request (metrics, component statuses).
        if (metadata.uid) objects.set(`${group}/${kind} ${metadata.namespace ?? "-"}/${metadata.name}`, metadata.uid);
      }
    }
  }
  return objects;
}

/** Every object once the controllers have nothing left to make or delete: when five seconds change nothing. */
export async function settledObjects(cluster: Cluster): Promise<Objects> {
  let last = await listObjects(cluster);
  return cluster.waitFor(
    async () => {
      await delay(5_000);
      const before = last;
      last = await listObjects(cluster);
      const lines = difference(before, last);
      if (lines.length > 0) throw new Error(lines.join("\n"));
      return last;
    },
    { what: `${cluster.name} to come to rest`, timeoutMs: 90_000, namespace: "default" },
  );
}

/** What was added, removed, or replaced under the same name, one line each; empty when nothing was. */
export function difference(before: Objects, after: Objects): string[] {
  const lines: string[] = [];
  for (const [object, uid] of after) {
    if (!before.has(object)) lines.push(`added: ${object}`);
    else if (before.get(object) !== uid) lines.push(`replaced: ${object}`);
  }
  for (const object of before.keys()) {
    if (!after.has(object)) lines.push(`removed: ${object}`);
  }
  return lines.sort();
}
