import type { HostClient } from "../../host/client";
import { getIn } from "../../shared/json";
import type { Snapshot, Subject } from "../snapshot";
import { readObjects, readVolumeUse } from "./host";
import { readInside } from "./inside";
import { readSources } from "./mappings";
import { probe } from "./probes";
import { Reader, reasonOf } from "./reader";
import { readSyncerRights } from "./syncer-rights";

/**
 * Reads everything that the rows look at, in three steps: the host's objects; what follows from them, the API among it; and what
 * is inside. Within each, everything is read at once. Never rejects: what cannot be read is named.
 */
export async function readSnapshot(host: HostClient, subject: Subject, now = new Date()): Promise<Snapshot> {
  const reader = new Reader(host);
  await reader.part("version", async () => String(getIn(await host.get("/version"), "gitVersion")));
  // A user who may not read the version still gets an answer.
  const problem = reader.read.version === undefined ? await silenceOf(host) : undefined;
  Object.assign(reader.read, { connection: problem === undefined ? {} : { problem } });
  if (problem === undefined) {
    await readObjects(reader, subject);
    await Promise.all([
      readSources(reader, subject),
      readSyncerRights(reader, subject),
      readVolumeUse(reader, subject),
      probe(reader, subject),
    ]);
    await readInside(reader, subject).catch((error: unknown) => {
      reader.leave("administrator", reasonOf(error));
    });
  }
  return { ...subject, now, read: reader.read, unread: reader.unread };
}

/** Why the host gives no answer at all; undefined where it refuses or answers. */
export async function silenceOf(host: HostClient): Promise<string | undefined> {
  try {
    await host.get("/api");
    return undefined;
  } catch (error) {
    return (error as { status?: number }).status === undefined ? reasonOf(error) : undefined;
  }
}
