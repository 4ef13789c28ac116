import { withoutValues } from "../../preflight/drift";
import type { Row, Sighting } from "../model";
import { REAPPLY, UP } from "./commands";

const BEFORE = ["namespaces", "host"];
const REPAIR = { fix: UP, fixElsewhere: REAPPLY } as const;

export const releaseRows: readonly Row[] = [
  {
    code: "release-pending",
    section: "control-plane",
    severity: "error",
    healthy: "no Helm operation is under way",
    cause: "another run works on the Helm release, or was killed while it did; every update is refused until it ends",
    fix: "make recover STACK={stack}",
    fixElsewhere: "helm rollback {release} -n {namespace}",
    page: "docs/troubleshooting.md",
    needs: ["release"],
    find: ({ read: { state }, names }) =>
      state?.release?.status.startsWith("pending-") === true
        ? [{ what: `Helm release ${names.namespace}/${names.release}`, seen: `its status is ${state.release.status}` }]
        : [],
  },
  {
    code: "release-failed",
    section: "control-plane",
    severity: "error",
    healthy: "the last Helm operation succeeded",
    cause: "the last install or upgrade of the Helm release failed",
    fix: UP,
    fixElsewhere: "helm rollback {release} -n {namespace}",
    needs: ["release"],
    follows: [
      ...BEFORE,
      ...[
        "control-plane-missing",
        "control-plane-refused",
        "control-plane-unschedulable",
        "control-plane-image-missing",
      ],
      ...[
        "control-plane-mount-failed",
        "control-plane-out-of-memory",
        "control-plane-crashing",
        "control-plane-not-ready",
      ],
      ...["volume-unbound", "mapping-invalid", "scheduler-without-nodes"],
    ],
    find: ({ read: { state }, names }) =>
      state?.release?.status === "failed"
        ? [{ what: `Helm release ${names.namespace}/${names.release}`, seen: "its status is failed" }]
        : [],
  },
  {
    code: "release-drift",
    section: "control-plane",
    severity: "warning",
    healthy: "the objects of the Helm release are as Helm made them",
    cause: "objects of the Helm release were changed or deleted",
    ...REPAIR,
    page: "docs/operations.md#manual-changes",
    needs: ["release"],
    // What such a change breaks has a row of its own.
    follows: [
      ...["control-plane", "to-host", "namespaces"],
      ...["mapping-invalid", "scheduler-without-nodes", "syncer-rights-missing", "nodes-not-synced"],
    ],
    find: ({ read: { state }, names }) =>
      (state?.release?.drift ?? []).map((line) => ({
        what: `Helm release ${names.namespace}/${names.release}`,
        seen: withoutValues(line),
      })),
  },
  {
    code: "release-object-stuck",
    section: "control-plane",
    severity: "error",
    healthy: "no object of the Helm release waits to be deleted",
    cause:
      "an object of the release was deleted and a finalizer holds it; an update cannot restore it before it is gone",
    fix: "kubectl -n {namespace} get all -o json | jq -r '.items[] | select(.metadata.deletionTimestamp) | .metadata.name'",
    page: "docs/operations.md#manual-changes",
    needs: ["release"],
    follows: ["finalizer-stuck"],
    find: ({ read: { state }, names }) =>
      (state?.release?.deleting ?? []).map((line) => ({
        what: `Helm release ${names.namespace}/${names.release}`,
        seen: line,
        ...commandIn(line),
      })),
  },
];

/** The command in what `deletion` of preflight says. */
function commandIn(line: string): Partial<Pick<Sighting, "fix">> {
  const command = /`(kubectl [^`]+)`/.exec(line)?.[1];
  return command === undefined ? {} : { fix: command };
}
