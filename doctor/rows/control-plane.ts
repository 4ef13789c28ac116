import { type Names, podLabels } from "../../components/names";
import { isReady, type Pod } from "../../host/client";
import { lacksCertificates } from "../../preflight/conflicts";
import { deletionOfQuota, foreignQuotaIn } from "../../preflight/refused-pods";
import type { Row, Sighting } from "../model";
import { ageSeconds, condition, containers, count, map, nameOf, text, title } from "../objects";
import { REAPPLY, RESTART, UP } from "./commands";
import { exitCodeOf, failed, involves, labelled, planePods, recent, waiting } from "./plane-pods";

/** Reasons for which a kubelet does not have the image of a container. */
const IMAGE_REASONS = [
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
];
const PAUSED = "loft.sh/paused";
/** A control plane starts within this time on a busy host. */
const START_SECONDS = 120;

const BEFORE = ["namespaces", "host"];
const REPAIR = { fix: UP, fixElsewhere: REAPPLY } as const;

export const controlPlaneRows: readonly Row[] = [
  {
    code: "control-plane-missing",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's StatefulSet exists",
    cause: "the chart is not installed here, or the StatefulSet was deleted",
    ...REPAIR,
    needs: ["statefulSet"],
    follows: BEFORE,
    find: ({ read: { state }, names }) =>
      state?.statefulSet === undefined
        ? [{ what: `StatefulSet ${names.namespace}/${names.release}`, seen: "not found" }]
        : [],
  },
  {
    code: "control-plane-paused",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane is not paused",
    cause:
      "the virtual cluster is paused (`vcluster pause`): its API is unavailable and its pods are stopped until it is resumed",
    fix: "vcluster resume {release} -n {namespace}",
    needs: ["statefulSet"],
    find: ({ read: { state }, names }) =>
      map(state?.statefulSet, "metadata", "annotations")[PAUSED] === "true"
        ? [{ what: `StatefulSet ${names.namespace}/${names.release}`, seen: `its annotation ${PAUSED} is true` }]
        : [],
  },
  {
    code: "control-plane-scaled-down",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane has replicas",
    cause: "the control plane is scaled to 0 replicas: the API is unavailable",
    fix: UP,
    fixElsewhere: "kubectl -n {namespace} scale statefulset/{release} --replicas=1",
    needs: ["statefulSet"],
    follows: ["control-plane-paused"],
    find: ({ read: { state }, names }) =>
      state?.statefulSet !== undefined && text(state.statefulSet, "spec.replicas") === "0"
        ? [{ what: `StatefulSet ${names.namespace}/${names.release}`, seen: "spec.replicas is 0" }]
        : [],
  },
  {
    code: "control-plane-refused",
    section: "control-plane",
    severity: "error",
    healthy: "the host takes the control plane's pods",
    cause:
      "the host refuses the pods of the StatefulSet: a quota, the pod security level, a priority class or a webhook",
    ...REPAIR,
    needs: ["statefulSet", "pods", "events"],
    follows: [...BEFORE, "quota-full", "priority-class-missing", "control-plane-scaled-down", "control-plane-paused"],
    find: (snapshot) => {
      const { events = [], state } = snapshot.read;
      if (state?.statefulSet === undefined || planePods(snapshot).length > 0) return [];
      return recent(snapshot, events)
        .filter((event) => involves(event, "StatefulSet", snapshot.names.release))
        .filter((event) => text(event, "reason") === "FailedCreate")
        .slice(-1)
        .map((event) => ({
          what: `StatefulSet ${snapshot.names.namespace}/${snapshot.names.release}`,
          seen: text(event, "message"),
          ...fixOf(text(event, "message"), snapshot.names),
        }));
    },
  },
  {
    code: "control-plane-unschedulable",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's pods have nodes",
    cause: "no node of the host has the room, the labels or the tolerated taints that the control plane's pod asks for",
    ...REPAIR,
    needs: ["pods"],
    follows: [...BEFORE, "volume-unbound", "host-node-cordoned"],
    find: (snapshot) =>
      planePods(snapshot).flatMap((pod) => {
        const scheduled = condition(pod, "PodScheduled");
        if (scheduled?.["status"] !== "False") return [];
        return [{ what: title("Pod", pod), seen: text(scheduled, "message") || text(scheduled, "reason") }];
      }),
  },
  {
    code: "control-plane-image-missing",
    section: "control-plane",
    severity: "error",
    healthy: "the images of the control plane are there",
    cause: "a node cannot get an image of the control plane: a wrong name or tag, a registry out of reach, or no login",
    ...REPAIR,
    needs: ["pods"],
    follows: BEFORE,
    find: (snapshot) =>
      waiting(snapshot, (reason) => IMAGE_REASONS.includes(reason)).map(({ pod, container, state }) => ({
        what: title("Pod", pod),
        seen: `${text(state, "reason")}: image ${text(container, "image")}`,
      })),
  },
  {
    code: "control-plane-mount-failed",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's volumes, Secrets and ConfigMaps are mounted",
    cause: "a volume, Secret or ConfigMap that the control plane's pod mounts is missing or cannot be attached",
    ...REPAIR,
    needs: ["pods", "events"],
    follows: [...BEFORE, "volume-unbound", "volume-missing"],
    find: (snapshot) => {
      const { events = [] } = snapshot.read;
      const starting = waiting(snapshot, (reason) =>
        /^(ContainerCreating|PodInitializing|CreateContainer.*)$/.test(reason),
      );
      const pods = [...new Set(starting.map(({ pod }) => pod))];
      return pods.flatMap((pod) =>
        recent(snapshot, events)
          .filter((event) => involves(event, "Pod", nameOf(pod)))
          .filter((event) => /^(FailedMount|FailedAttachVolume)$/.test(text(event, "reason")))
          .slice(-1)
          .map((event) => ({ what: title("Pod", pod), seen: text(event, "message") })),
      );
    },
  },
  {
    code: "control-plane-out-of-memory",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane has enough memory",
    cause: "the kernel ended the control plane at its memory limit",
    fix: UP,
    fixElsewhere: "kubectl -n {namespace} set resources statefulset/{release} --limits=memory=4Gi",
    needs: ["pods"],
    follows: BEFORE,
    find: (snapshot) =>
      planePods(snapshot).flatMap((pod) =>
        isReady(pod as Pod)
          ? []
          : containers(pod)
              .filter((one) =>
                ["state", "lastState"].some((at) => text(one, `${at}.terminated.reason`) === "OOMKilled"),
              )
              .map((one) => ({
                what: title("Pod", pod),
                seen: `container ${text(one, "name")} was OOMKilled, ${text(one, "restartCount")} restarts`,
              })),
      ),
  },
  {
    code: "control-plane-crashing",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's processes run",
    cause: "the control plane ends by itself soon after every start; the end of its log says why",
    ...REPAIR,
    page: "docs/troubleshooting.md",
    needs: ["pods"],
    follows: [
      ...BEFORE,
      ...["control-plane-out-of-memory", "control-plane-refused", "control-plane-image-missing", "volume-full"],
      ...["mapping-invalid", "mapping-target-shared", "scheduler-without-nodes", "source-namespace-missing"],
      ...["syncer-rights-missing", "network-policy-missing", "network-policy-host-api-closed", "etcd-not-ready"],
      "certificate-expired",
    ],
    find: (snapshot) =>
      planePods(snapshot).flatMap((pod) =>
        isReady(pod as Pod)
          ? []
          : containers(pod)
              .filter((one) => text(one, "state.waiting.reason") === "CrashLoopBackOff" || failed(one))
              .map((one) => ({
                what: title("Pod", pod),
                seen: `container ${text(one, "name")} ended with code ${exitCodeOf(one)}, ${text(one, "restartCount")} restarts`,
              })),
      ),
  },
  {
    code: "control-plane-not-ready",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's pods are ready",
    cause: "the control plane's pods are missing or do not become ready, and no other row says why; their log does",
    fix: RESTART,
    needs: ["statefulSet", "pods"],
    follows: [
      ...BEFORE,
      ...["control-plane-missing", "control-plane-scaled-down", "control-plane-paused", "control-plane-refused"],
      ...["control-plane-unschedulable", "control-plane-image-missing", "control-plane-mount-failed"],
      ...["control-plane-out-of-memory", "control-plane-crashing", "volume-unbound", "volume-missing", "volume-full"],
      ...["etcd-not-ready", "control-plane-certificates-missing", "syncer-rights-missing", "mapping-invalid"],
      ...["scheduler-without-nodes", "network-policy-missing", "network-policy-host-api-closed", "service-missing"],
      ...["source-namespace-missing", "certificate-expired"],
    ],
    find: (snapshot): Sighting[] => {
      const { names, read, now } = snapshot;
      const pods = planePods(snapshot);
      if (pods.length === 0)
        return read.state?.statefulSet === undefined
          ? []
          : [{ what: `StatefulSet ${names.namespace}/${names.release}`, seen: "it has no pod" }];
      return pods
        .filter((pod) => !isReady(pod as Pod))
        .map((pod) => {
          const age = Math.round(ageSeconds(text(pod, "metadata.creationTimestamp"), now));
          const starting = age < START_SECONDS ? "; it may still be starting" : "";
          return { what: title("Pod", pod), seen: `not ready, ${age} s after it was made${starting}` };
        });
    },
  },
  {
    code: "control-plane-restarting",
    section: "control-plane",
    severity: "warning",
    healthy: "the control plane did not restart within the last hour",
    cause: "the control plane restarted several times within the last hour, and runs now",
    fix: "kubectl -n {namespace} logs {pod} -c syncer --previous --tail=50",
    needs: ["pods"],
    find: (snapshot) =>
      planePods(snapshot).flatMap((pod) =>
        containers(pod)
          .filter(
            (one) =>
              isReady(pod as Pod) &&
              count(one, "restartCount") >= 3 &&
              ageSeconds(text(one, "lastState.terminated.finishedAt"), snapshot.now) < 3600,
          )
          .map((one) => ({
            what: title("Pod", pod),
            seen: `container ${text(one, "name")}: ${text(one, "restartCount")} restarts, the last with code ${exitCodeOf(one)}`,
          })),
      ),
  },
  {
    code: "control-plane-certificates-missing",
    section: "control-plane",
    severity: "error",
    healthy: "the Secret with the control plane's certificates exists",
    cause: "the Secret was deleted, or the Service that owns it; the control plane writes it only at its start",
    fix: UP,
    fixElsewhere: RESTART,
    page: "docs/operations.md#manual-changes",
    needs: ["statefulSet", "certificatesSecret"],
    follows: ["service-missing"],
    find: ({ read: { state }, names }) =>
      state !== undefined && lacksCertificates(state)
        ? [
            {
              what: `Secret ${names.namespace}/${names.certificates}`,
              seen: "not found, although the control plane runs",
            },
          ]
        : [],
  },
  {
    code: "etcd-not-ready",
    section: "control-plane",
    severity: "error",
    healthy: "a majority of etcd is ready",
    cause: "fewer than half of etcd's members are ready, so that the API has no store",
    fix: "kubectl -n {namespace} rollout restart statefulset/{etcd}",
    page: "docs/operations.md#high-availability",
    needs: ["pods"],
    follows: BEFORE,
    applies: ({ expected }) => (expected?.controlPlane.replicas ?? 1) > 1,
    find: (snapshot) => {
      const labels = podLabels(snapshot.names).etcd;
      const members = labelled(snapshot, labels);
      const ready = members.filter((pod) => isReady(pod as Pod)).length;
      const replicas = snapshot.expected?.controlPlane.replicas ?? 1;
      if (ready > replicas / 2) return [];
      return [
        {
          what: `StatefulSet ${snapshot.names.namespace}/${snapshot.names.etcd}`,
          seen: `${ready} of ${replicas} members are ready`,
        },
      ];
    },
  },
];

/** The deletion of a quota of others; the row's fix restores only what is the environment's. */
function fixOf(message: string, names: Pick<Names, "namespace" | "release">): Partial<Pick<Sighting, "fix">> {
  const quota = foreignQuotaIn(message, names);
  return quota === undefined ? {} : { fix: deletionOfQuota(names.namespace, quota) };
}
