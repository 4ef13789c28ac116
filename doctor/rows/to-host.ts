import { isReady } from "../../host/client";
import { refusalIn } from "../../host/refusal";
import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import type { Row } from "../model";
import { ageSeconds, condition, type KubeObject, map, nameOf, namespaceOf, selects, text, title } from "../objects";
import { isOn } from "../read/mappings";
import type { Refused, Snapshot } from "../snapshot";
import { inside, insideElsewhere, RESTART } from "./commands";

/** Schedulers and kubelets take their time. */
const PENDING_SECONDS = 30;
const BEFORE = ["namespaces", "host", "control-plane", "syncer-rights-missing"];

export const toHostRows: readonly Row[] = [
  {
    code: "host-refused-object",
    section: "to-host",
    severity: "error",
    healthy: "the host takes what tenants make",
    cause:
      "the host refuses the copy of a tenant's object; the reason names the key of the configuration that allows it",
    fix: inside("-n {place} delete {kind} {name}"),
    fixElsewhere: insideElsewhere("-n {place} delete {kind} {name}"),
    page: "docs/isolation.md#objects-allowed-on-the-host",
    needs: ["refused"],
    follows: [...BEFORE, "priority-class-missing", "admission-policy-missing"],
    find: ({ read: { refused = [] } }) =>
      refused
        .filter((one) => !isQuota(one))
        .map(({ kind, namespace, name, message }) => ({
          what: `${kind} ${namespace}/${name}`,
          seen: refusalIn(message) ?? message,
          names: { kind: kind.toLowerCase(), place: namespace, name },
        })),
  },
  {
    code: "node-selector-unmatched",
    section: "to-host",
    severity: "error",
    healthy: "pods ask for nodes that the host has",
    cause:
      "a pod of a tenant has a node selector that no node of the host satisfies; with the virtual scheduler off, labels that were given to nodes inside do not count",
    fix: "kubectl label node {node} {labels}",
    page: "docs/configuration.md#controlplane",
    needs: ["nodes", "pods", "values"],
    follows: [...BEFORE, "nodes-not-synced"],
    find: (snapshot) =>
      unscheduled(snapshot).flatMap((pod) => {
        if (hasNode(snapshot, pod)) return [];
        const scheduler = SCHEDULERS.some((path) => isOn(snapshot, path)) ? "on" : "off";
        const wanted = Object.entries(map(pod, "spec", "nodeSelector")).map(([key, value]) => `${key}=${value}`);
        const [node] = snapshot.read.nodes ?? [];
        return [
          {
            what: title("Pod", pod),
            seen: `no node of the host has ${wanted.join(",")}; the virtual scheduler is ${scheduler}`,
            names: { node: node === undefined ? "<node>" : nameOf(node), labels: wanted.join(" ") },
          },
        ];
      }),
  },
  {
    code: "pod-unschedulable",
    section: "to-host",
    severity: "error",
    healthy: "pods of tenants have nodes",
    cause:
      "no node of the host has the room or the tolerated taints that a tenant's pod asks for; its owner has to make it again with other requests",
    fix: inside("-n {place} delete pod {name}"),
    fixElsewhere: insideElsewhere("-n {place} delete pod {name}"),
    needs: ["nodes", "pods", "values"],
    follows: [...BEFORE, "node-selector-unmatched", "nodes-not-synced", "host-node-cordoned", "host-node-pressure"],
    find: (snapshot) =>
      unscheduled(snapshot)
        .filter((pod) => hasNode(snapshot, pod))
        .map((pod) => {
          const annotations = map(pod, "metadata", "annotations");
          return {
            what: title("Pod", pod),
            seen: text(condition(pod, "PodScheduled"), "message"),
            names: {
              place: annotations["vcluster.loft.sh/object-namespace"] ?? namespaceOf(pod),
              name: annotations["vcluster.loft.sh/object-name"] ?? nameOf(pod),
            },
          };
        }),
  },
  {
    code: "inside-dns-down",
    section: "to-host",
    severity: "error",
    healthy: "the DNS server inside is ready",
    cause: "no pod of the virtual cluster's own DNS server is ready: tenants' pods resolve no names",
    fix: inside("-n kube-system rollout restart deployment/coredns"),
    fixElsewhere: insideElsewhere("-n kube-system rollout restart deployment/coredns"),
    needs: ["insideDns", "insideDnsDeployments"],
    follows: [
      ...BEFORE,
      "host-refused-object",
      "quota-full",
      "priority-class-missing",
      "pod-unschedulable",
      "nodes-not-synced",
    ],
    find: ({ read: { insideDns = [], insideDnsDeployments = [] }, names, stack }) => {
      if (insideDns.some((pod) => isReady(pod))) return [];
      if (insideDnsDeployments.length === 0)
        return [
          {
            what: `virtual cluster ${names.release}`,
            seen: "it has no Deployment kube-system/coredns, which the control plane makes when it starts",
            fix: RESTART,
          },
        ];
      const [pod] = insideDns;
      if (pod === undefined)
        return [
          {
            what: `virtual cluster ${names.release}`,
            seen: "it has no pod with the label k8s-app=vcluster-kube-dns",
            fix: (stack === undefined ? insideElsewhere : inside)(
              "-n kube-system scale deployment/coredns --replicas=1",
            ),
          },
        ];
      return [
        { what: `Pod ${namespaceOf(pod)}/${nameOf(pod)} inside`, seen: `not ready, ${text(pod, "status.phase")}` },
      ];
    },
  },
  {
    code: "pod-not-copied",
    section: "to-host",
    severity: "error",
    healthy: "pods of tenants get to the host",
    cause: "a pod inside has a node and no copy on the host, and no event says why",
    fix: RESTART,
    needs: ["pendingPods", "pods", "refused"],
    follows: [...BEFORE, "host-refused-object", "quota-full", "priority-class-missing"],
    find: (snapshot) => {
      const { pendingPods = [], pods = [], refused = [] } = snapshot.read;
      const copied = new Set(
        pods.map((pod) => {
          const annotations = map(pod, "metadata", "annotations");
          return `${annotations["vcluster.loft.sh/object-namespace"] ?? ""}/${annotations["vcluster.loft.sh/object-name"] ?? ""}`;
        }),
      );
      return pendingPods
        .filter((pod) => isOld(snapshot, pod) && text(pod, "spec.nodeName") !== "")
        .map((pod) => ({ pod, place: `${namespaceOf(pod)}/${nameOf(pod)}` }))
        .filter(({ place }) => !copied.has(place))
        .filter(({ place }) => !refused.some((one) => one.kind === "Pod" && `${one.namespace}/${one.name}` === place))
        .map(({ pod }) => ({ what: title("Pod", pod), seen: `Pending inside on node ${text(pod, "spec.nodeName")}` }));
    },
  },
];

/** Whether the host refused an object because a quota is used up. */
export function isQuota({ message }: Refused): boolean {
  return message.includes("exceeded quota");
}

/**
 * Tenants' pods without a node: those that the host's scheduler keeps, and with a virtual scheduler those inside, which have no
 * copy until they have a node.
 */
function unscheduled(snapshot: Snapshot): KubeObject[] {
  const { pods = [], pendingPods = [], state } = snapshot.read;
  const managed = (pod: KubeObject) =>
    map(pod, "metadata", "labels")["vcluster.loft.sh/managed-by"] === snapshot.names.release;
  const scheduler = state !== undefined && SCHEDULERS.some((path) => isOn(snapshot, path));
  return [...pods.filter(managed), ...(scheduler ? pendingPods : [])].filter(
    (pod) => condition(pod, "PodScheduled")?.["status"] === "False" && isOld(snapshot, pod),
  );
}

/** Whether a node of the host has the labels that a pod selects by. */
function hasNode({ read: { nodes = [] } }: Snapshot, pod: KubeObject): boolean {
  const matchLabels = map(pod, "spec", "nodeSelector");
  return nodes.some((node) => selects({ matchLabels }, map(node, "metadata", "labels")));
}

function isOld({ now }: Snapshot, pod: KubeObject): boolean {
  return ageSeconds(text(pod, "metadata.creationTimestamp"), now) > PENDING_SECONDS;
}
