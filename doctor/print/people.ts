import type { Finding, Outcome, Report } from "../model";
import { bySection } from "../rows";
import { findings, NOT_APPLICABLE, UNREAD } from "../run";

interface Style {
  /** Colours, for a terminal. */
  readonly colours: boolean;
}

const COLOURS = { red: 31, yellow: 33, green: 32, grey: 90 } as const;
const PLAIN: Style = { colours: false };

/** A line for each row, under the name of its section, and below it what was found. */
export function forPeople(report: Report, style: Style = PLAIN): string {
  const paint = (colour: keyof typeof COLOURS, text: string) =>
    style.colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  const told = report.outcomes.filter(({ reason = "" }) => ![UNREAD, NOT_APPLICABLE].includes(reason));
  const sections = bySection(told).map(([title, outcomes]) =>
    [title, ...outcomes.flatMap((outcome) => lines(outcome, paint))].join("\n"),
  );
  return [...sections, summary(report)].join("\n\n");
}

type Paint = (colour: keyof typeof COLOURS, text: string) => string;

function lines({ row, state, findings: found, reason = "" }: Outcome, paint: Paint): string[] {
  if (state === "healthy") return [`  ${paint("green", "√")} ${row.healthy}`];
  if (state === "skipped") return [paint("grey", `  - ${row.healthy}: not looked at, ${reason}`)];
  if (state === "follows") return [paint("grey", `  ~ ${row.healthy}: no, because of ${found[0]?.because ?? ""}`)];
  const sign = row.severity === "warning" ? paint("yellow", "‼") : paint("red", "×");
  return [`  ${sign} ${row.healthy}: no [${row.code}]`, ...details(found)];
}

/** What was seen of each object; cause, command and page once, where they are the same. */
function details(found: readonly Finding[]): string[] {
  const seen = found.map(({ what, seen: text }) => `      ${what}: ${text}`);
  const fixes = [...new Set(found.map(({ fix }) => fix))];
  const [first] = found;
  return [
    ...shortened(seen),
    `      cause: ${first?.cause ?? ""}`,
    ...shortened(fixes.map((fix) => `      fix: ${fix}`)),
    `      page: ${first?.page ?? ""}`,
  ];
}

const SHOWN = 5;

function shortened(all: readonly string[]): string[] {
  const rest = all.length - SHOWN;
  return [...all.slice(0, SHOWN), ...(rest > 0 ? [`      and ${rest} more: JSON=1 lists them`] : [])];
}

function summary(report: Report): string {
  const { outcomes, milliseconds, namespace, release } = report;
  const found = findings(report);
  const codes = new Set(found.map(({ code }) => code)).size;
  const healthy = outcomes.filter(({ state }) => state === "healthy").length;
  const skipped = outcomes.filter(({ state, reason }) => state === "skipped" && reason !== NOT_APPLICABLE).length;
  const seconds = (milliseconds / 1000).toFixed(1);
  const parts = [
    `${release} in ${namespace}: ${codes === 0 ? "nothing found" : `${codes} found`}`,
    `${healthy} healthy`,
    ...(skipped > 0 ? [`${skipped} not looked at`] : []),
    `${seconds} s`,
  ];
  return parts.join(", ");
}
