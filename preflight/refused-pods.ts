import type { Names } from "../components/names";
import { type HostClient, HostError } from "../host/client";
import { getPath, type JsonObject } from "../shared/json";

type Plane = Pick<Names, "namespace" | "release">;

const MESSAGE_LENGTH = 500;

/**
 * What to say where the host refuses the pods of the control plane: an upgrade of the release waits for them until its time is over.
 * A StatefulSet has no condition for that, so it is read in the events; none without permission.
 */
export async function refusedPods(
  api: HostClient,
  names: Plane,
  statefulSet: JsonObject | undefined,
): Promise<string[]> {
  if (statefulSet === undefined) return [];
  const number = (path: string, otherwise: number) => Number(getPath(statefulSet, path) ?? otherwise);
  if (number("status.replicas", 0) >= number("spec.replicas", 1)) return [];
  const { namespace, release } = names;
  const selector = `involvedObject.kind=StatefulSet,involvedObject.name=${release},reason=FailedCreate`;
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=${encodeURIComponent(selector)}`;
  const events = await api.list(path).catch((error: unknown) => {
    if (error instanceof HostError) return [];
    throw error;
  });
  const last = events.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1)).at(-1);
  const message = getPath(last ?? {}, "message");
  if (typeof message !== "string") return [];
  const quota = foreignQuotaIn(message, names);
  const fix =
    quota === undefined
      ? ""
      : ` Fix: if the quota is not meant for this namespace, \`${deletionOfQuota(namespace, quota)}\`; otherwise raise it.`;
  const reason = message.replace(/[\s\p{Cc}]+/gu, " ").slice(0, MESSAGE_LENGTH);
  return [
    `The host refuses pods of the control plane, and an update waits for them: ${reason} (event of ${timeOf(last)}).${fix}`,
  ];
}

/** Name of the quota that refuses something, where that is none of the environment's. */
export function foreignQuotaIn(message: string, { release }: Pick<Names, "release">): string | undefined {
  const quota = / exceeded quota: ([\w.-]+)/.exec(message)?.[1];
  return quota === undefined || quota.startsWith(`${release}-`) ? undefined : quota;
}

export function deletionOfQuota(namespace: string, quota: string): string {
  return `kubectl -n ${namespace} delete resourcequota ${quota}`;
}

/** In either of Kubernetes' APIs for events. */
function timeOf(event: JsonObject | undefined): string {
  const times = ["series.lastObservedTime", "lastTimestamp", "eventTime"].map((path) => getPath(event ?? {}, path));
  return times.find((time) => typeof time === "string") ?? "";
}
