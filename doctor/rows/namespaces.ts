import { STACK_ANNOTATION, IDENTITY_ANNOTATION } from "../../components/kubernetes/ownership";
import type { Row, Sighting } from "../model";
import { ageSeconds, items, type KubeObject, nameOf, namespaceOf, map, text, title } from "../objects";
import type { Snapshot } from "../snapshot";
import { UP } from "./commands";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** Controllers take their time to end what they have to before an object is gone. */
const PATIENCE_SECONDS = 60;

export const namespaceRows: readonly Row[] = [
  {
    code: "namespace-missing",
    section: "namespaces",
    severity: "error",
    healthy: "the environment's namespace exists",
    cause: "the environment was not created, or its namespace was deleted with everything in it",
    fix: UP,
    fixElsewhere: "helm list -A | grep {release}",
    needs: ["namespace"],
    find: ({ read: { namespace = [] }, names }) =>
      namespace.length > 0 ? [] : [{ what: `Namespace ${names.namespace}`, seen: "not found" }],
  },
  {
    code: "finalizer-stuck",
    section: "namespaces",
    severity: "error",
    healthy: "nothing is held by a finalizer",
    cause: "an object was deleted and its finalizer's controller does not end that, so that nothing can replace it",
    fix: `kubectl patch {kind} {name} -n {place} --type merge -p '{"metadata":{"finalizers":null}}'`,
    page: "docs/operations.md#manual-changes",
    needs: ["pods", "services", "volumeClaims", "routes", "quotas", "networkPolicies", "statefulSet"],
    find: (snapshot) =>
      stuck(snapshot).map(({ kind, object }) => ({
        what: title(kind, object),
        seen: `deleted at ${object.metadata?.deletionTimestamp ?? "?"}, held by ${(object.metadata?.finalizers ?? []).join(", ")}`,
        names: { kind: kind.toLowerCase(), name: nameOf(object), place: namespaceOf(object) },
      })),
  },
  {
    code: "namespace-terminating",
    section: "namespaces",
    severity: "error",
    healthy: "the namespace is not being deleted",
    cause: "the namespace is terminating: nothing can be created in it until it is gone",
    fix: `kubectl wait --for=delete namespace/{namespace} --timeout=10m && ${UP}`,
    fixElsewhere: "kubectl wait --for=delete namespace/{namespace} --timeout=10m",
    needs: ["namespace"],
    follows: ["finalizer-stuck"],
    find: ({ read: { namespace = [] } }) =>
      namespace
        .filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)
        .map((one) => ({
          what: title("Namespace", one),
          seen: [
            `deleted at ${one.metadata?.deletionTimestamp ?? "?"}`,
            ...items(one, "status.conditions")
              .filter(({ status }) => status === "True")
              .map(({ message }) => String(message)),
          ].join("; "),
        })),
  },
  {
    code: "namespace-unmarked",
    section: "namespaces",
    severity: "error",
    healthy: "the namespace belongs to the environment's stack",
    cause: "the marks of its owner were removed from the namespace: updates of the stack are refused",
    fix:
      `kubectl annotate namespace {namespace} --overwrite ${STACK_ANNOTATION}=organization/vcluster-environments/{stack} && ` +
      UP,
    page: "docs/operations.md#ownership",
    needs: ["namespace"],
    applies: ({ expected }) => expected !== undefined,
    find: ({ read: { namespace = [] }, names, expected }) =>
      namespace.flatMap((one): Sighting[] => {
        if (text(one, "metadata.deletionTimestamp") !== "") return [];
        const marks = map(one, "metadata", "annotations");
        const what = `Namespace ${names.namespace}`;
        if (marks[STACK_ANNOTATION] === undefined && marks[IDENTITY_ANNOTATION] === undefined)
          return [{ what, seen: `it has neither the annotation ${STACK_ANNOTATION} nor ${IDENTITY_ANNOTATION}` }];
        const label = map(one, "metadata", "labels")[ENVIRONMENT_LABEL];
        if (label === expected?.environment) return [];
        return [{ what, seen: `its label ${ENVIRONMENT_LABEL} is ${label ?? "missing"}`, fix: UP }];
      }),
  },
];

/** Finalizers of Kubernetes itself, which end when nothing uses the object. */
const PROTECTION = /^(kubernetes[.]io\/|foregroundDeletion$)/;

/** Objects of the environment that are being deleted for longer than any controller needs. */
function stuck({ read, now }: Snapshot): { kind: string; object: KubeObject }[] {
  const kinds: [string, readonly KubeObject[] | undefined][] = [
    ["Pod", read.pods],
    ["Service", read.services],
    ["PersistentVolumeClaim", read.volumeClaims],
    ["ResourceQuota", read.quotas],
    ["NetworkPolicy", read.networkPolicies],
    ["StatefulSet", read.state?.statefulSet === undefined ? [] : [read.state.statefulSet]],
  ];
  const routes = (read.routes ?? []).map((object) => ({ kind: object.kind ?? "Ingress", object }));
  const others = kinds.flatMap(([kind, objects]) => (objects ?? []).map((object) => ({ kind, object })));
  return [...others, ...routes].filter(({ object }) => {
    const { deletionTimestamp, finalizers = [] } = object.metadata ?? {};
    return (
      deletionTimestamp !== undefined &&
      finalizers.some((one) => !PROTECTION.test(one)) &&
      ageSeconds(deletionTimestamp, now) > PATIENCE_SECONDS
    );
  });
}
