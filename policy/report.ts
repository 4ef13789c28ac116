import { asText, getIn, parseObject } from "./json";
import { rules } from "./rules";

// Policy violations of a preview in the formats of CI systems, from the engine's event log (`pulumi preview --event-log
// FILE`, available with PULUMI_DEBUG_COMMANDS). The log contains the properties of resources: do not publish it.

export interface ReportedFinding {
  readonly rule: string;
  readonly mandatory: boolean;
  /** URN of the resource. */
  readonly resource: string;
  /** The rule's description and the violation. */
  readonly message: string;
}

/** The findings in an event log: one JSON object a line. */
export function findingsIn(log: string): ReportedFinding[] {
  return log.split("\n").flatMap((line) => {
    const event = getIn(parseObject(line), "policyEvent");
    const rule = asText(getIn(event, "policyName"));
    if (rule === undefined) return [];
    return [
      {
        rule,
        mandatory: getIn(event, "enforcementLevel") === "mandatory",
        resource: asText(getIn(event, "resourceUrn")) ?? "",
        message: (asText(getIn(event, "message")) ?? "").trim(),
      },
    ];
  });
}

/** SARIF 2.1.0. Findings belong to resources and not to lines, so all of them point at the program file. */
export function sarif(findings: readonly ReportedFinding[], program: string): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "vcluster-environments-policy",
            rules: rules.map(({ name, description, remediationSteps = "", url = "" }) => ({
              id: name,
              shortDescription: { text: description },
              help: { text: remediationSteps },
              helpUri: url,
            })),
          },
        },
        results: findings.map(({ rule, mandatory, resource, message }) => ({
          ruleId: rule,
          level: mandatory ? "error" : "warning",
          message: { text: message },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: program }, region: { startLine: 1 } },
              logicalLocations: [{ fullyQualifiedName: resource, kind: "resource" }],
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** JUnit XML: a test case per rule, failed if the rule has a mandatory finding. */
export function junit(findings: readonly ReportedFinding[]): string {
  const names = [...new Set([...rules.map(({ name }) => name), ...findings.map(({ rule }) => rule)])];
  const cases = names.map((name) => {
    const own = findings.filter(({ rule }) => rule === name);
    const text = xml(own.map(({ resource, message }) => `${resource}\n${message}`).join("\n\n"));
    const open = `    <testcase classname="policy" name="${xml(name)}"`;
    if (own.length === 0) return `${open}/>`;
    if (!own.some(({ mandatory }) => mandatory)) return `${open}><system-out>${text}</system-out></testcase>`;
    return `${open}><failure message="${String(own.length)} finding(s)">${text}</failure></testcase>`;
  });
  const failures = names.filter((name) => findings.some(({ rule, mandatory }) => rule === name && mandatory)).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="policy" tests="${String(names.length)}" failures="${String(failures)}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Text of a pull request comment. */
export function markdown(findings: readonly ReportedFinding[], title: string): string {
  if (findings.length === 0) return `### ${title}\n\nNo policy findings.\n`;
  const items = findings.map(({ rule, mandatory, resource, message }) => {
    const [description = "", ...rest] = message.split("\n");
    const name = resource.split("::").slice(-2).join(" ");
    return `- **${mandatory ? "mandatory" : "advisory"}** \`${rule}\` on \`${name}\`: ${plain(description)}\n  ${plain(rest.join(" "))}`;
  });
  const mandatory = findings.filter((finding) => finding.mandatory).length;
  return `### ${title}\n\n${String(mandatory)} mandatory, ${String(findings.length - mandatory)} advisory.\n\n${items.join("\n")}\n`;
}

/** Findings must not contain active markup or mention users. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|~#]/g, "\\$&").replaceAll("@", "&#64;");
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // XML 1.0 cannot represent control characters.
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
    .replace(/[&<>"]/g, (char) => entities[char] ?? "");
}
