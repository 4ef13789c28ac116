import { gunzipSync, gzipSync } from "node:zlib";

import type { Secret } from "../host/client";
import { base64, fromBase64 } from "../shared/base64";
import type { JsonObject } from "../shared/json";

/** A release as Helm records it, as far as it is read; the rest stays as it is. */
export interface HelmRelease {
  readonly version: number;
  readonly manifest?: string;
  readonly config?: JsonObject | null;
  readonly info?: { readonly status?: string };
}

export const UNINSTALLING = "uninstalling";
/** Statuses of a release that an operation of Helm is working on, or was when its process was killed. */
export const INTERRUPTED: readonly string[] = ["pending-install", "pending-upgrade", "pending-rollback", UNINSTALLING];

export function isInterrupted(status = ""): boolean {
  return INTERRUPTED.includes(status);
}

/** Helm's storage: JSON, gzipped, in base64, in base64 as every Secret. */
export function decodeRelease({ data }: Secret): HelmRelease {
  const text = fromBase64(data?.["release"]);
  return JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString()) as HelmRelease;
}

/** The value of the key `release` in a record of Helm. */
export function encodeRelease(release: HelmRelease): string {
  return base64(gzipSync(JSON.stringify(release)).toString("base64"));
}
