import { podLabels } from "../../components/names";
import { ageSeconds, containers, type KubeObject, map, selects, text } from "../objects";
import type { Snapshot } from "../snapshot";

const EVENT_SECONDS = 600;

/** Pods of the control plane that are not terminating. */
export function planePods(snapshot: Snapshot): KubeObject[] {
  return labelled(snapshot, podLabels(snapshot.names).controlPlane);
}

export function labelled({ read: { pods = [] } }: Snapshot, matchLabels: Record<string, string>): KubeObject[] {
  return pods.filter(
    (pod) => selects({ matchLabels }, map(pod, "metadata", "labels")) && pod.metadata?.deletionTimestamp === undefined,
  );
}

/** Containers of the control plane that wait for what `matches`. */
export function waiting(snapshot: Snapshot, matches: (reason: string) => boolean) {
  return planePods(snapshot).flatMap((pod) =>
    containers(pod)
      .map((container) => ({ pod, container, state: map(container, "state", "waiting") }))
      .filter(({ state }) => matches(text(state, "reason"))),
  );
}

/** Whether a container has ended with an error, and is not started again yet. */
export function failed(container: KubeObject | Record<string, unknown>): boolean {
  return text(container, "state.terminated.exitCode") !== "" && text(container, "state.terminated.exitCode") !== "0";
}

export function exitCodeOf(container: Record<string, unknown>): string {
  return text(container, "state.terminated.exitCode") || text(container, "lastState.terminated.exitCode") || "?";
}

export function involves(event: KubeObject, kind: string, name: string): boolean {
  const object = map(event, "involvedObject");
  return object["kind"] === kind && object["name"] === name;
}

/** Events of the last minutes, the newest last. */
export function recent({ now }: Snapshot, events: readonly KubeObject[]): KubeObject[] {
  const timeOf = (event: KubeObject) =>
    text(event, "series.lastObservedTime") || text(event, "lastTimestamp") || text(event, "eventTime");
  return events
    .filter((event) => ageSeconds(timeOf(event), now) < EVENT_SECONDS)
    .sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
}
