import type { Outcome, Report } from "../model";
import { bySection } from "../rows";
import { escape } from "./escape";

/** The report as JUnit's XML, which CI systems show: a suite for each section, a test for each row. */
export function asJunit(report: Report): string {
  const suites = bySection(report.outcomes).map(([title, outcomes]) => {
    const count = (state: Outcome["state"]) => outcomes.filter((one) => one.state === state).length;
    const skipped = count("skipped") + count("follows");
    const attributes = `name="${escape(title)}" tests="${outcomes.length}" failures="${count("found")}" skipped="${skipped}"`;
    return `  <testsuite ${attributes}>\n${outcomes.map((outcome) => test(report, outcome)).join("\n")}\n  </testsuite>`;
  });
  const time = (report.milliseconds / 1000).toFixed(3);
  const name = escape(`doctor ${report.namespace}/${report.release}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}" time="${time}">\n${suites.join("\n")}\n</testsuites>`;
}

function test({ namespace }: Report, { row, state, findings, reason = "" }: Outcome): string {
  const open = `    <testcase classname="${escape(`${namespace}.${row.section}`)}" name="${escape(row.code)}"`;
  if (state === "healthy") return `${open}/>`;
  if (state === "skipped") return `${open}><skipped message="${escape(reason)}"/></testcase>`;
  const because = findings[0]?.because;
  if (because !== undefined) return `${open}><skipped message="follows from ${escape(because)}"/></testcase>`;
  const text = findings.map(({ what, seen, fix }) => `${what}: ${seen}\nfix: ${fix}`).join("\n");
  const failure = `<failure type="${row.severity}" message="${escape(row.cause)}">${escape(text)}</failure>`;
  return `${open}>${failure}</testcase>`;
}
