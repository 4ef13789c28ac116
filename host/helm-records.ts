import { gunzipSync, gzipSync } from "node:zlib";

import { loadAll } from "js-yaml";

import { base64, fromBase64 } from "../shared/base64";
import { isPlainObject, type JsonObject, parseObject } from "../shared/json";
import { isSubdomain } from "../shared/rfc1123";
import type { HostClient, Secret } from "./client";
import type { ManifestObject } from "./live-objects";

/** A release as Helm records it, as far as it is read; the rest stays as it is. */
export interface HelmRelease {
  readonly version: number;
  readonly manifest?: string;
  readonly config?: JsonObject | null;
  readonly info?: { readonly status?: string };
}

/** What `helm uninstall --keep-history` leaves; without that flag Helm deletes its records. */
export const UNINSTALLED = "uninstalled";
/** Of a revision that another one has followed. */
export const SUPERSEDED = "superseded";
/** Statuses of a release whose objects are being deleted, or have been. Helm upgrades none of them. */
export const REMOVED: readonly string[] = ["uninstalling", UNINSTALLED];
/**
 * Statuses of a release that Helm starts nothing on: an operation is working on it, or was when its process was killed, or it
 * was uninstalled.
 */
const INTERRUPTED: readonly string[] = ["pending-install", "pending-upgrade", "pending-rollback", ...REMOVED];

export function isInterrupted(status = ""): boolean {
  return INTERRUPTED.includes(status);
}

/** How a release came to a status of {@link INTERRUPTED}, after "the release is <status>: ". */
export function describeInterrupted(status: string): string {
  return status === UNINSTALLED ? "it was uninstalled, and Helm kept its history" : "a run of this stack was killed";
}

/** Where a release is, and its name. */
export interface ReleaseNames {
  readonly namespace: string;
  readonly release: string;
}

/** A Secret that Helm would take for a record of the release. */
export interface ForeignRecord {
  readonly name: string;
  /** What it is a copy of, in the virtual cluster. @default - no copy */
  readonly original?: { readonly namespace: string; readonly name: string };
}

/**
 * Helm's records of a release. Helm itself finds them by their labels, which a tenant can give to any Secret that is copied to
 * the host: those are `foreign`, and Helm would take the one with the highest number for the release as it is.
 */
export async function helmRecords(
  host: HostClient,
  { namespace, release }: ReleaseNames,
): Promise<{ own: Secret[]; foreign: ForeignRecord[] }> {
  const selector = encodeURIComponent(`owner=helm,name=${release}`);
  const found = await host.list<Secret>(`/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`);
  const isOwn = ({ metadata }: Secret) => isRecord(release, metadata?.name);
  const foreign = found.filter((secret) => !isOwn(secret));
  return { own: found.filter(isOwn), foreign: foreign.map(foreignRecord) };
}

/** Whether a Secret is Helm's record of the release, by its name: tenants choose labels, and a copy has a longer name. */
export function isRecord(release: string, name = ""): boolean {
  const prefix = `sh.helm.release.v1.${release}.v`;
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}

/** Number of the revision in a record's name. */
export function revisionOf({ metadata }: Secret): number {
  return Number(/\d+$/.exec(metadata?.name ?? "")?.[0]);
}

function foreignRecord({ metadata: { name = "", annotations = {} } = {} }: Secret): ForeignRecord {
  const original = {
    namespace: annotations["vcluster.loft.sh/object-namespace"] ?? "",
    name: annotations["vcluster.loft.sh/object-name"] ?? "",
  };
  // They become part of a command, and an annotation can have any value.
  return Object.values(original).every((part) => isSubdomain(part)) ? { name, original } : { name };
}

/** What is wrong with foreign records, or undefined where there are none. */
export function foreignRecords(
  { namespace, release }: ReleaseNames,
  foreign: readonly ForeignRecord[],
): string | undefined {
  if (foreign.length === 0) return undefined;
  const secrets = foreign.map(({ name }) => name);
  return (
    `Secrets in the host namespace ${namespace} have the labels of Helm's records of the release ${release}, and Helm would ` +
    `delete what they name: ${secrets.join(", ")}. Allowed: Secrets sh.helm.release.v1.${release}.v<number>. ` +
    `Fix: \`kubectl -n ${namespace} delete secret ${secrets.join(" ")}\`. One with the annotation vcluster.loft.sh/object-name ` +
    "is a copy: first delete its original in the virtual cluster. [helm-record-foreign]"
  );
}

/** What is wrong with records that are none, or undefined where there are none. */
export function unreadableRecords(
  { namespace, release }: ReleaseNames,
  secrets: readonly string[],
): string | undefined {
  if (secrets.length === 0) return undefined;
  return (
    `Helm's records of the release ${release} cannot be read: ${secrets.join(", ")}. Helm passes over them, and could install ` +
    "over what is there. Allowed: records as Helm has written them. " +
    `Fix: restore them from a backup, or \`kubectl -n ${namespace} delete secret ${secrets.join(" ")}\`: the next update goes ` +
    "on from the record before. [helm-record-unreadable]"
  );
}

/** Helm's storage: JSON, gzipped, in base64, in base64 as every Secret. @returns undefined for anything else */
export function decodeRelease({ data }: Secret): HelmRelease | undefined {
  const text = fromBase64(data?.["release"]);
  try {
    return parseObject(gunzipSync(Buffer.from(text, "base64")).toString()) as HelmRelease | undefined;
  } catch {
    return undefined;
  }
}

/** The objects that a release consists of; none where its record cannot be read. */
export function manifestOf(release: Partial<HelmRelease> = {}): ManifestObject[] {
  return parseManifest(release) ?? [];
}

/** The same; undefined where the manifest is no YAML. The parser's error would quote it, and it may hold secrets. */
export function parseManifest({ manifest = "" }: Partial<HelmRelease>): ManifestObject[] | undefined {
  try {
    return loadAll(manifest, undefined, { json: true }).filter(isPlainObject);
  } catch {
    return undefined;
  }
}

/** The value of the key `release` in a record of Helm. */
export function encodeRelease(release: HelmRelease): string {
  return base64(gzipSync(JSON.stringify(release)).toString("base64"));
}
