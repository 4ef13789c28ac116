import { gunzipSync, gzipSync } from "node:zlib";

import { loadAll } from "js-yaml";

import { base64, fromBase64 } from "../shared/base64";
import { isPlainObject, type JsonObject } from "../shared/json";
import type { Secret } from "./client";
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
/** Statuses of a release whose objects are being deleted, or have been. Helm upgrades none of them. */
export const REMOVED: readonly string[] = ["uninstalling", UNINSTALLED];
/**
 * Statuses of a release that Helm starts nothing on: an operation is working on it, or was when its process was killed, or it
 * was uninstalled.
 */
export const INTERRUPTED: readonly string[] = ["pending-install", "pending-upgrade", "pending-rollback", ...REMOVED];

export function isInterrupted(status = ""): boolean {
  return INTERRUPTED.includes(status);
}

/** How a release came to a status of {@link INTERRUPTED}, after "the release is <status>: ". */
export function describeInterrupted(status: string): string {
  return status === UNINSTALLED ? "it was uninstalled, and Helm kept its history" : "a run of this stack was killed";
}

/** Helm's storage: JSON, gzipped, in base64, in base64 as every Secret. */
export function decodeRelease({ data }: Secret): HelmRelease {
  const text = fromBase64(data?.["release"]);
  return JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString()) as HelmRelease;
}

/** The objects that a release consists of. */
export function manifestOf({ manifest = "" }: HelmRelease): ManifestObject[] {
  return loadAll(manifest, undefined, { json: true }).filter(isPlainObject);
}

/** The value of the key `release` in a record of Helm. */
export function encodeRelease(release: HelmRelease): string {
  return base64(gzipSync(JSON.stringify(release)).toString("base64"));
}
