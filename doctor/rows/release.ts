import { withoutValues } from "../../preflight/drift";
import type { Row, Sighting } from "../model";
import { inside, insideElsewhere, REAPPLY, UP } from "./commands";

const BEFORE = ["namespaces", "host"];
/** The release is read by the record before, which tells what was. */
const RECORDS = ["helm-record-unreadable"];
const REPAIR = { fix: UP, fixElsewhere: REAPPLY } as const;
const ORPHAN = "kubectl -n {namespace} delete statefulset {release} --cascade=orphan";

export const releaseRows: readonly Row[] = [
  {
    code: "helm-record-foreign",
    section: "control-plane",
    severity: "error",
    alone: true,
    healthy: "Helm takes no other Secret for its record of the release",
    cause:
      "a Secret has the labels of Helm's records of the release, which a tenant can give to one in the profile open, and could before version 0.2.0: Helm would delete what it names, and every update is refused",
    fix: "kubectl -n {namespace} delete secret {name}",
    page: "docs/troubleshooting.md",
    needs: ["release"],
    find: ({ read: { state }, names, stack }) =>
      (state?.records?.foreign ?? []).map(({ name, original }) => {
        const what = `Secret ${names.namespace}/${name}`;
        const seen = "by its labels a record of Helm, and not by its name";
        if (original === undefined) return { what, seen, names: { name } };
        const remove = (stack === undefined ? insideElsewhere : inside)("-n {place} delete secret {original}");
        return {
          what,
          seen: `${seen}; a copy of ${original.namespace}/${original.name} in the virtual cluster`,
          names: { name, place: original.namespace, original: original.name },
          // A copy alone comes back.
          fix: `${remove} && kubectl -n {namespace} delete secret {name} --ignore-not-found`,
        };
      }),
  },
  {
    code: "helm-record-unreadable",
    section: "control-plane",
    severity: "error",
    alone: true,
    healthy: "Helm's records of the release can be read",
    cause:
      "a record of the Helm release cannot be decoded: Helm passes over it, and every update is refused. Restore it from a backup, or delete it: the next update goes on from the record before",
    fix: "kubectl -n {namespace} delete secret {name}",
    page: "docs/troubleshooting.md",
    needs: ["release"],
    find: ({ read: { state }, names }) =>
      (state?.records?.unreadable ?? []).map((name) => ({
        what: `Secret ${names.namespace}/${name}`,
        seen: "its value is not a release as Helm writes it",
        names: { name },
      })),
  },
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
    follows: RECORDS,
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
      ...RECORDS,
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
      ...["volume-unbound", "mapping-invalid", "scheduler-without-nodes", "release-object-immutable"],
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
      ...["control-plane", "to-host", "namespaces", ...RECORDS],
      ...["mapping-invalid", "scheduler-without-nodes", "syncer-rights-missing", "nodes-not-synced"],
    ],
    find: ({ read: { state }, names }) =>
      (state?.release?.drift ?? []).map((line) => ({
        what: `Helm release ${names.namespace}/${names.release}`,
        seen: withoutValues(line),
      })),
  },
  {
    code: "release-object-immutable",
    section: "control-plane",
    severity: "error",
    healthy: "no object of the Helm release has another value where the API refuses to change it",
    cause:
      "an object of the release was deleted and made again by hand, with another value in a field that the API refuses to change: every update is refused until that object is deleted, which loses nothing",
    fix: `${ORPHAN} && ${UP}`,
    fixElsewhere: `${ORPHAN} && ${REAPPLY}`,
    page: "docs/operations.md#manual-changes",
    needs: ["release"],
    follows: ["release-object-stuck", ...RECORDS],
    find: ({ read: { state }, names, stack }) =>
      (state?.release?.immutable ?? []).map(({ difference, fix }) => {
        const command = commandIn(fix).fix;
        return {
          what: `Helm release ${names.namespace}/${names.release}`,
          seen: withoutValues(difference),
          ...(command !== undefined && { fix: `${command} && ${stack === undefined ? REAPPLY : UP}` }),
        };
      }),
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
    follows: ["finalizer-stuck", ...RECORDS],
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
