import { POD_SECURITY_LEVELS } from "../../components/isolation/isolation";
import { podLabels } from "../../components/names";
import { getIn } from "../../shared/json";
import { POD_SECURITY_ENFORCE } from "../../shared/kubernetes";
import { parseQuantity } from "../../shared/quantity";
import type { Row, Sighting } from "../model";
import { items, type KubeObject, map, nameOf, text, texts, title } from "../objects";
import { placesOf } from "../places";
import type { Snapshot } from "../snapshot";
import { allows, type Peer } from "../traffic";
import { UP } from "./commands";

const API_PORT_OF_POD = 8443;
const PAGE = "docs/isolation.md";

/** What a row of this section has in common. */
const BOUND = { section: "isolation", severity: "error", page: PAGE, fix: UP, applies: isBounded } as const;

export const isolationRows: readonly Row[] = [
  {
    ...BOUND,
    code: "quota-missing",
    healthy: "the quotas exist",
    cause: "a ResourceQuota of the environment does not exist: a tenant can use up the host",
    needs: ["quotas"],
    follows: ["namespace-missing"],
    find: (snapshot) =>
      missing(snapshot, "ResourceQuota", snapshot.read.quotas, [
        `${snapshot.names.release}-workloads`,
        `${snapshot.names.release}-objects`,
      ]),
  },
  {
    ...BOUND,
    code: "quota-changed",
    healthy: "the quotas are as configured",
    cause: "a ResourceQuota of the environment was changed, or an update was not applied",
    severity: "warning",
    needs: ["quotas"],
    // What it breaks has a row of its own.
    follows: ["quota-full", "control-plane-refused"],
    find: ({ read: { quotas = [] }, names, expected }) =>
      quotas
        .filter((quota) => nameOf(quota).startsWith(`${names.release}-`))
        .flatMap((quota) =>
          Object.entries(map(quota, "spec", "hard"))
            .filter(([key, amount]) => parseQuantity(expected?.isolation.quota[key]) !== parseQuantity(amount))
            .map(([key, amount]) => ({
              what: title("ResourceQuota", quota),
              seen: `${key} is ${amount}, configured is ${expected?.isolation.quota[key] ?? "none"}`,
            })),
        ),
  },
  {
    ...BOUND,
    code: "limit-range-missing",
    healthy: "the default requests and limits exist",
    cause: "the LimitRange of the environment does not exist: the quota refuses containers without requests or limits",
    needs: ["limitRanges"],
    follows: ["namespace-missing"],
    find: (snapshot) => missing(snapshot, "LimitRange", snapshot.read.limitRanges, [snapshot.names.release]),
  },
  {
    ...BOUND,
    code: "network-policy-missing",
    healthy: "the network policies exist",
    cause: "a NetworkPolicy of the environment does not exist: what it opens is closed, or what it closes is open",
    needs: ["networkPolicies"],
    follows: ["namespace-missing"],
    find: (snapshot) =>
      missing(
        snapshot,
        "NetworkPolicy",
        snapshot.read.networkPolicies,
        ["all-pods", "workloads", "control-plane", "acme-solvers"].map(
          (suffix) => `${snapshot.names.release}-${suffix}`,
        ),
      ),
  },
  {
    ...BOUND,
    code: "network-policy-foreign",
    healthy: "the namespace has no NetworkPolicies but the environment's",
    cause:
      "the namespace has a NetworkPolicy that is not the environment's: policies are additive, so it allows what the others block",
    severity: "warning",
    fix: "kubectl -n {namespace} delete networkpolicy {name}",
    needs: ["networkPolicies"],
    find: ({ read: { networkPolicies = [] }, names }) =>
      networkPolicies
        .filter((policy) => !nameOf(policy).startsWith(`${names.release}-`))
        .filter((policy) => !("vcluster.loft.sh/managed-by" in map(policy, "metadata", "labels")))
        .map((policy) => ({
          what: title("NetworkPolicy", policy),
          seen: "it is not one of the environment's",
          names: { name: nameOf(policy) },
        })),
  },
  {
    ...BOUND,
    code: "network-policy-ingress-closed",
    healthy: "the ingress controller may connect to the control plane",
    cause: "no NetworkPolicy lets the namespace of the ingress controller connect to the control plane",
    needs: ["networkPolicies"],
    follows: ["network-policy-missing", "ingress-namespace-empty"],
    applies: (snapshot) => isBounded(snapshot) && snapshot.expected?.ingress.controller !== "none",
    find: (snapshot) =>
      closed(snapshot, "Ingress", { namespace: placesOf(snapshot).ingressNamespace }, API_PORT_OF_POD),
  },
  {
    ...BOUND,
    code: "network-policy-argocd-closed",
    healthy: "Argo CD may connect to the control plane",
    cause: "no NetworkPolicy lets the namespace of Argo CD connect to the control plane",
    needs: ["networkPolicies"],
    follows: ["network-policy-missing"],
    applies: (snapshot) => isBounded(snapshot) && snapshot.expected?.argocd.register === true,
    find: (snapshot) => closed(snapshot, "Ingress", { namespace: placesOf(snapshot).argocdNamespace }, API_PORT_OF_POD),
  },
  {
    ...BOUND,
    code: "network-policy-host-api-closed",
    healthy: "the control plane may connect to the host's API",
    cause:
      "no NetworkPolicy lets the control plane connect to an address of the host's API: the addresses have changed, or isolation.hostApi lacks one",
    needs: ["networkPolicies", "hostApi"],
    follows: ["network-policy-missing"],
    // A host whose policies see the Service's address has its ranges in isolation.hostApi.
    applies: (snapshot) => isBounded(snapshot) && snapshot.expected?.isolation.hostApi === undefined,
    find: (snapshot) => {
      const [slice] = snapshot.read.hostApi ?? [];
      const ports = items(slice, "ports").map((port) => Number(port["port"]));
      const addresses = items(slice, "endpoints").flatMap((endpoint) => texts(endpoint, "addresses"));
      return addresses.flatMap((address) => closed(snapshot, "Egress", { address }, ports[0] ?? 443));
    },
  },
  {
    ...BOUND,
    code: "admission-policy-missing",
    healthy: "the host checks what the syncer makes",
    cause:
      "an admission policy of the environment or its binding does not exist: the host takes what a tenant should not make",
    needs: ["admissionPolicies", "admissionBindings"],
    follows: ["namespace-missing"],
    find: (snapshot) => {
      const wanted = [snapshot.names.admissionPolicy, snapshot.names.hostPolicy];
      const { admissionPolicies, admissionBindings } = snapshot.read;
      return [
        ...missing(snapshot, "ValidatingAdmissionPolicy", admissionPolicies, wanted, ""),
        ...missing(snapshot, "ValidatingAdmissionPolicyBinding", admissionBindings, wanted, ""),
      ];
    },
  },
  {
    ...BOUND,
    code: "admission-policy-disabled",
    healthy: "what the host's check finds is refused",
    cause: "an admission policy of the environment or its binding was changed, and denies nothing",
    needs: ["admissionPolicies", "admissionBindings"],
    find: ({ read: { admissionPolicies = [], admissionBindings = [] }, names }) => {
      const own = [names.admissionPolicy, names.hostPolicy];
      return [
        ...admissionPolicies
          .filter((policy) => own.includes(nameOf(policy)) && text(policy, "spec.failurePolicy") === "Ignore")
          .map((policy) => ({
            what: title("ValidatingAdmissionPolicy", policy),
            seen: "spec.failurePolicy is Ignore",
          })),
        ...admissionPolicies
          .filter((policy) => own.includes(nameOf(policy)) && items(policy, "spec.matchConditions").length > 1)
          .map((policy) => ({
            what: title("ValidatingAdmissionPolicy", policy),
            seen: `spec.matchConditions has ${items(policy, "spec.matchConditions").length} conditions, and not 1`,
          })),
        ...admissionBindings
          .filter((binding) => own.includes(nameOf(binding)))
          .filter((binding) => !texts(binding, "spec.validationActions").includes("Deny"))
          .map((binding) => ({
            what: title("ValidatingAdmissionPolicyBinding", binding),
            seen: `spec.validationActions is ${texts(binding, "spec.validationActions").join(", ")}, and not Deny`,
          })),
      ];
    },
  },
  {
    ...BOUND,
    code: "pod-security-changed",
    healthy: "the host enforces the configured pod security level",
    cause: "the label of the namespace by which the host enforces a Pod Security Standard was changed or removed",
    needs: ["namespace"],
    find: ({ read: { namespace = [] }, names, expected }) => {
      const wanted = POD_SECURITY_LEVELS[expected?.isolation.profile ?? "default"];
      return namespace
        .map((one) => map(one, "metadata", "labels")[POD_SECURITY_ENFORCE])
        .filter((level) => level !== wanted)
        .map((level) => ({
          what: `Namespace ${names.namespace}`,
          seen: `its label ${POD_SECURITY_ENFORCE} is ${level ?? "missing"}, and not ${wanted ?? "missing"}`,
        }));
    },
  },
  {
    ...BOUND,
    code: "priority-class-missing",
    healthy: "the priority classes exist",
    cause: "a PriorityClass of the environment does not exist: the host refuses the pods that name it",
    needs: ["priorityClasses"],
    follows: ["namespace-missing"],
    applies: ({ expected }) => expected !== undefined,
    find: (snapshot) =>
      missing(
        snapshot,
        "PriorityClass",
        snapshot.read.priorityClasses,
        [
          snapshot.expected?.controlPlane.priorityClass ?? snapshot.names.priorityClass,
          snapshot.names.workloadPriorityClass,
        ],
        "",
      ),
  },
];

/** Whether the environment has bounds at all, and they are known. */
function isBounded({ expected }: Pick<Snapshot, "expected">): boolean {
  return expected !== undefined && expected.isolation.profile !== "open";
}

function missing(
  { names }: Snapshot,
  kind: string,
  objects: readonly KubeObject[] = [],
  wanted: readonly string[],
  place = `${names.namespace}/`,
): Sighting[] {
  const found = objects.map(nameOf);
  return wanted
    .filter((name) => !found.includes(name))
    .map((name) => ({ what: `${kind} ${place}${name}`, seen: "not found" }));
}

function closed(snapshot: Snapshot, direction: "Ingress" | "Egress", peer: Peer, port: number): Sighting[] {
  const { read, names } = snapshot;
  const policies = (read.networkPolicies ?? []).filter((policy) => getIn(policy, "spec") !== undefined);
  if (allows(policies, podLabels(names).controlPlane, direction, peer, port)) return [];
  const other = "namespace" in peer ? `namespace ${peer.namespace}` : peer.address;
  const seen =
    direction === "Ingress"
      ? `nothing allows connections from ${other} to port ${port}`
      : `nothing allows connections to ${other}, port ${port}`;
  return [{ what: `network policies of ${names.namespace}`, seen }];
}
