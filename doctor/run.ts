import type { Finding, Outcome, Report, Row, Sighting } from "./model";
import { placesOf } from "./places";
import { withoutSecrets } from "./redact";
import type { Snapshot } from "./snapshot";

/**
 * Applies rows to what was read. A row whose cause follows from another one that is found as well is reported with that one
 * and not as a finding: a person who repairs the first has repaired both.
 */
export function examine(rows: readonly Row[], snapshot: Snapshot, milliseconds = 0): Report {
  const looked = rows.map((row) => look(row, snapshot));
  const found = looked.filter(({ state }) => state === "found").map(({ row }) => row);
  return {
    namespace: snapshot.names.namespace,
    release: snapshot.names.release,
    stack: snapshot.stack,
    at: snapshot.now.toISOString(),
    milliseconds,
    outcomes: looked.map((outcome) => {
      const because = outcome.state === "found" ? causeOf(outcome.row, found) : undefined;
      if (because === undefined) return outcome;
      return { ...outcome, state: "follows", findings: outcome.findings.map((one) => ({ ...one, because })) };
    }),
  };
}

/** Findings that are causes and not consequences. */
export function findings({ outcomes }: Pick<Report, "outcomes">): Finding[] {
  return outcomes.filter(({ state }) => state === "found").flatMap((outcome) => outcome.findings);
}

/** 0 where nothing is wrong, 1 for findings, 2 where the doctor could not look. */
export function exitCode(report: Pick<Report, "outcomes">): number {
  const severities = findings(report).map(({ severity }) => severity);
  if (severities.some((severity) => severity !== "blocked")) return 1;
  return severities.length > 0 ? 2 : 0;
}

/** Reason of rows that need what was not asked for, because the host does not answer. */
export const UNREAD = "not read";
/** Reason of rows about what the environment does not have. */
export const NOT_APPLICABLE = "does not apply";

function look(row: Row, snapshot: Snapshot): Outcome {
  const skipped = (reason: string): Outcome => ({ row, state: "skipped", findings: [], reason });
  const unread = row.needs.find((need) => snapshot.read[need] === undefined);
  if (unread !== undefined) return skipped(snapshot.unread[unread]?.reason ?? UNREAD);
  if (row.applies?.(snapshot) === false) return skipped(NOT_APPLICABLE);
  const sightings = row.find(snapshot);
  return {
    row,
    state: sightings.length > 0 ? "found" : "healthy",
    findings: sightings.map((sighting) => finding(row, sighting, snapshot)),
  };
}

/** The nearest cause among the rows that found something: one that follows from nothing else. */
function causeOf(row: Row, found: readonly Row[], seen: readonly Row[] = []): string | undefined {
  const cause = found.find((other) => !seen.includes(other) && mayCause(other, row));
  return cause === undefined ? undefined : (causeOf(cause, found, [...seen, row]) ?? cause.code);
}

/** Whether a row may be the cause of another. What only warns does not break anything else. */
export function mayCause(cause: Row, { code, severity, follows = [] }: Row): boolean {
  if (cause.code === code || (cause.severity === "warning" && severity !== "warning")) return false;
  return follows.includes(cause.code) || (cause.alone !== true && follows.includes(cause.section));
}

function finding(row: Row, sighting: Sighting, snapshot: Snapshot): Finding {
  const { code, section, severity, cause, fix, fixElsewhere, page } = row;
  const template = sighting.fix ?? (snapshot.stack === undefined ? (fixElsewhere ?? fix) : fix);
  return {
    code,
    section,
    severity,
    what: withoutSecrets(sighting.what),
    seen: withoutSecrets(sighting.seen),
    cause,
    fix: filled(template, { ...snapshot.names, ...placesOf(snapshot), stack: snapshot.stack, ...sighting.names }),
    page: page ?? `docs/doctor.md#${code}`,
  };
}

/** A command with the values for its braces. Those of shells and JSON have no plain word in them. */
export function filled(template: string, values: Readonly<Record<string, string | number | undefined>>): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) =>
    values[name] === undefined ? whole : String(values[name]),
  );
}
