import { getPath, type JsonObject } from "../shared/json";
import { fieldWriter } from "./drift";
import type { HostState } from "./host-state";

/**
 * When the volume was made again, where that was after Helm's last write: Kubernetes has made a deleted one, empty. Helm writes
 * its record last, when the pod is ready, so a volume that it has waited for is older. Both times are the API server's, not
 * this machine's.
 *
 * @param since another time when it was there. @default - Helm's last write
 *
 * A claim that was restored counts as none: `vcluster restore` and backups create it themselves, give it a source, or bind it
 * to a volume that is there, and backups restore the record after it.
 *
 * @returns a time of the API; undefined where the volume is the one that Helm has installed, or where that is not known
 */
export function volumeMadeAgain({ release, statefulSet, volumeClaim }: HostState, since?: Date): string | undefined {
  const text = (object: JsonObject | undefined, path: string) => {
    const found = getPath(object ?? {}, path);
    return typeof found === "string" ? found : undefined;
  };
  const made = text(volumeClaim, "metadata.creationTimestamp");
  const uid = text(volumeClaim, "metadata.uid");
  const recorded = release?.status === "deployed" ? release.recordedAt : undefined;
  const before = since?.getTime() ?? Date.parse(recorded ?? "");
  if (release === undefined || made === undefined || uid === undefined) return undefined;
  // False too where one of the times is unknown.
  if (!(Date.parse(made) > before)) return undefined;
  // Without this key the objects are in SQLite on this volume.
  if (getPath(release.values, "controlPlane.backingStore") !== undefined) return undefined;
  const restored = ["dataSource", "dataSourceRef"].some(
    (key) => getPath(volumeClaim ?? {}, `spec.${key}`) !== undefined,
  );
  // Provisioners name what they make for a claim by its uid. Without a name it is still to be made.
  const isNew = text(volumeClaim, "spec.volumeName")?.endsWith(uid) ?? true;
  // Of Kubernetes' distributions, some call it after themselves.
  const controller = fieldWriter(statefulSet ?? {}, ["status", "replicas"]);
  const creator = fieldWriter(volumeClaim ?? {}, ["spec", "accessModes"]);
  return !restored && isNew && controller !== undefined && creator === controller ? made : undefined;
}
