import type { Report } from "../model";
import { exitCode, findings } from "../run";

/** The report for programs. Its fields are never renamed; new ones may be added. */
export function asJson(report: Report): string {
  const { namespace, release, stack, at, milliseconds, outcomes } = report;
  const state = ["healthy", "findings", "blocked"][exitCode(report)];
  const content = {
    namespace,
    release,
    ...(stack !== undefined && { stack }),
    at,
    milliseconds,
    state,
    findings: findings(report),
    consequences: outcomes.filter((one) => one.state === "follows").flatMap((one) => one.findings),
    rows: outcomes.map(({ row, state: outcome, reason }) => ({
      code: row.code,
      section: row.section,
      severity: row.severity,
      state: outcome,
      ...(reason !== undefined && { reason }),
    })),
  };
  return JSON.stringify(content, undefined, 2);
}
