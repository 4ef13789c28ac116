import type { Row } from "../model";
import { condition, hasCondition, nameOf, text, title } from "../objects";
import { down } from "./workloads";

/** Conditions of a node under which no pods are scheduled on it. */
const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"];

export const hostRows: readonly Row[] = [
  {
    code: "host-unreachable",
    section: "host",
    severity: "blocked",
    healthy: "the host's API answers",
    cause: "the host's API server does not answer at the address in the kubeconfig; nothing else could be looked at",
    fix: "kubectl cluster-info",
    page: "docs/troubleshooting.md",
    needs: ["connection"],
    find: ({ read }) =>
      read.connection?.problem === undefined ? [] : [{ what: "the host", seen: read.connection.problem }],
  },
  {
    code: "host-rights-missing",
    section: "host",
    severity: "blocked",
    healthy: "everything could be read",
    cause: "the kubeconfig's user may not read what the skipped rows look at",
    fix: "kubectl auth can-i --list -n {namespace}",
    needs: [],
    applies: ({ read }) => read.connection?.problem === undefined,
    find: ({ unread }) =>
      Object.entries(unread)
        .filter(([, { why }]) => why === "denied")
        .map(([part, { reason }]) => ({ what: part, seen: reason })),
  },
  {
    code: "host-answers-missing",
    section: "host",
    severity: "blocked",
    healthy: "the host answered everything",
    cause:
      "the host answered some requests, and others not in time or with an error: what needs them was not looked at",
    fix: "kubectl get --raw /readyz?verbose",
    needs: [],
    applies: ({ read }) => read.connection?.problem === undefined,
    find: ({ unread }) =>
      Object.entries(unread)
        .filter(([, { why }]) => why === "failed")
        .map(([part, { reason }]) => ({ what: part, seen: reason })),
  },
  {
    code: "host-nodes-not-ready",
    section: "host",
    severity: "error",
    healthy: "a node is ready",
    cause: "no node of the host is ready, so that no pod starts or is replaced",
    fix: "kubectl describe nodes",
    needs: ["nodes"],
    find: ({ read: { nodes = [] } }) => {
      if (nodes.some((node) => hasCondition(node, "Ready"))) return [];
      return nodes.map((node) => ({
        what: title("Node", node),
        seen: text(condition(node, "Ready"), "message") || "it does not report Ready",
      }));
    },
  },
  {
    code: "host-node-not-ready",
    section: "host",
    severity: "warning",
    healthy: "all nodes are ready",
    cause: "a node of the host is not ready; pods on it are replaced on others only where those have room",
    fix: "kubectl describe node {node}",
    needs: ["nodes"],
    follows: ["host-nodes-not-ready"],
    find: ({ read: { nodes = [] } }) =>
      nodes
        .filter((node) => !hasCondition(node, "Ready"))
        .map((node) => ({
          what: title("Node", node),
          seen: text(condition(node, "Ready"), "message") || "it does not report Ready",
          names: { node: nameOf(node) },
        })),
  },
  {
    code: "host-node-cordoned",
    section: "host",
    severity: "warning",
    healthy: "pods are scheduled on all nodes",
    cause: "a node is cordoned: no new pods are scheduled on it",
    fix: "kubectl uncordon {node}",
    needs: ["nodes"],
    find: ({ read: { nodes = [] } }) =>
      nodes
        .filter((node) => text(node, "spec.unschedulable") === "true")
        .map((node) => ({
          what: title("Node", node),
          seen: "spec.unschedulable is true",
          names: { node: nameOf(node) },
        })),
  },
  {
    code: "host-node-pressure",
    section: "host",
    severity: "warning",
    healthy: "no node lacks memory, disk or process ids",
    cause: "a node is under resource pressure: it evicts pods and accepts no new ones",
    fix: "kubectl describe node {node}",
    needs: ["nodes"],
    find: ({ read: { nodes = [] } }) =>
      nodes.flatMap((node) =>
        PRESSURES.filter((pressure) => hasCondition(node, pressure)).map((pressure) => ({
          what: title("Node", node),
          seen: `${pressure}: ${text(condition(node, pressure), "message")}`,
          names: { node: nameOf(node) },
        })),
      ),
  },
  {
    code: "host-dns-down",
    section: "host",
    severity: "error",
    healthy: "the host's DNS server is ready",
    cause: "no pod of the host resolves names, the control plane and Argo CD among them",
    fix: "kubectl -n kube-system rollout restart deployment/coredns",
    needs: ["dns"],
    follows: ["host-nodes-not-ready"],
    // Some hosts have a DNS server of another kind, or with other labels.
    applies: ({ read: { dns = [] } }) => dns.length > 0,
    find: ({ read: { dns = [] } }) => down(dns),
  },
];
