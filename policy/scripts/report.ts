import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findingsIn, junit, markdown, sarif } from "../report";

// node policy/bin/policy/scripts/report.js EVENT-LOG [--sarif FILE] [--junit FILE] [--markdown FILE] [--title TEXT] [--program FILE]
// Ends with 1 where a finding is mandatory.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sarif: { type: "string" },
    junit: { type: "string" },
    markdown: { type: "string" },
    title: { type: "string", default: "Policies" },
    program: { type: "string", default: "Pulumi.yaml" },
  },
});
const [log] = positionals;
if (log === undefined || positionals.length > 1) {
  console.error("Give one event log, as `PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log FILE` writes it.");
  process.exit(2);
}

const findings = findingsIn(readFileSync(log, "utf8"));
const text = markdown(findings, values.title);
if (values.sarif !== undefined) writeFileSync(values.sarif, sarif(findings, values.program));
if (values.junit !== undefined) writeFileSync(values.junit, junit(findings));
if (values.markdown !== undefined) writeFileSync(values.markdown, text);
console.log(text);
process.exitCode = findings.some(({ mandatory }) => mandatory) ? 1 : 0;
