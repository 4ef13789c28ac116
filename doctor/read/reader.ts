import { type HostClient, HostError } from "../../host/client";
import { withoutSecrets } from "../redact";
import type { KubeObject } from "../objects";
import type { Parts, Unread } from "../snapshot";

/** Reads parts of a snapshot side by side. A part that cannot be read takes no other with it. */
export class Reader {
  readonly read: Partial<Parts> = {};
  readonly unread: Partial<Record<keyof Parts, Unread>> = {};

  constructor(readonly host: HostClient) {}

  /**
   * Reads one part. Never rejects.
   *
   * @param elsewhere true for what is tried in another way as well, whose failure is told by that
   */
  async part<Name extends keyof Parts>(
    name: Name,
    reading: () => Promise<Parts[Name] | undefined>,
    elsewhere = false,
  ): Promise<void> {
    try {
      const value = await reading();
      if (value === undefined) this.unread[name] ??= { why: "absent", reason: "what it needs is missing" };
      else (this.read as Record<string, unknown>)[name] = value;
    } catch (error) {
      const denied = error instanceof HostError && [401, 403].includes(error.status ?? 0);
      this.unread[name] = { why: elsewhere ? "absent" : denied ? "denied" : "failed", reason: reasonOf(error) };
    }
  }

  /** Notes why a part is not read at all. */
  leave(name: keyof Parts, reason: string): void {
    this.unread[name] = { why: "absent", reason };
  }

  /** A list; empty where the host does not have the kind. Each item gets the kind, where it is given. */
  list(path: string, kind?: string): Promise<KubeObject[]> {
    return listOf(this.host, path, kind);
  }

  /** A list with the object, or without. */
  async one(path: string): Promise<KubeObject[]> {
    const found = await this.host.find<KubeObject>(path);
    return found === undefined ? [] : [found];
  }
}

/** Metadata only: the content of Secrets is not requested. */
export const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

export async function listOf(api: HostClient, path: string, kind?: string, accept?: string): Promise<KubeObject[]> {
  try {
    const found = await api.list<KubeObject>(path, accept);
    return kind === undefined ? found : found.map((object) => ({ ...object, kind }));
  } catch (error) {
    if (error instanceof HostError && error.status === 404) return [];
    throw error;
  }
}

export function reasonOf(error: unknown): string {
  return withoutSecrets(error instanceof Error ? error.message : String(error));
}
