import assert from "node:assert/strict";
import { findingsIn, junit, markdown, sarif } from "../report";
import { rules } from "../rules";

const event = (rule: string, enforcementLevel: string, message: string) =>
  JSON.stringify({
    sequence: 1,
    policyEvent: {
      resourceUrn: "urn:pulumi:dev::project::kubernetes:core/v1:Secret::s",
      message: `${message}\n`,
      policyName: rule,
      enforcementLevel,
    },
  });

const LOG = [
  JSON.stringify({ sequence: 0, preludeEvent: {} }),
  event("argocd-secret-label", "mandatory", 'Label it.\nmetadata: <no> "label" & @team `x`'),
  event("chart-version-supported", "advisory", "Upgrade.\nversion: old"),
  event("of-another-pack", "mandatory", "Other."),
  "no JSON",
  "",
].join("\n");

describe("reports", () => {
  const findings = findingsIn(LOG);

  it("read the findings of an event log", () => {
    assert.deepEqual(
      findings.map(({ rule, mandatory }) => [rule, mandatory]),
      [
        ["argocd-secret-label", true],
        ["chart-version-supported", false],
        ["of-another-pack", true],
      ],
    );
    assert.equal(findings[1]?.message, "Upgrade.\nversion: old");
    assert.match(findings[1].resource, /::s$/);
  });

  it("are written as SARIF", () => {
    const log = JSON.parse(sarif(findings, "index.ts")) as {
      runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
    };
    const [run] = log.runs;
    assert.equal(run?.tool.driver.rules.length, rules.length);
    assert.deepEqual(
      run.results.map(({ ruleId, level }) => [ruleId, level]),
      [
        ["argocd-secret-label", "error"],
        ["chart-version-supported", "warning"],
        ["of-another-pack", "error"],
      ],
    );
    assert.ok(JSON.stringify(run.results).includes('"uri":"index.ts"'));
  });

  it("are written as JUnit, in well-formed XML", () => {
    const text = junit(findings);
    assert.match(text, new RegExp(`tests="${String(rules.length + 1)}" failures="2"`));
    assert.match(text, /name="argocd-secret-label"><failure message="1 finding\(s\)">urn:/);
    assert.ok(text.includes("&lt;no&gt; &quot;label&quot; &amp; @team"));
    assert.match(text, /name="chart-version-supported"><system-out>/);
    assert.match(text, /name="telemetry-off"\/>/);
  });

  it("are written as a comment, without markup or mentions from findings", () => {
    const text = markdown(findings, "dev");
    assert.match(text, /^### dev\n\n2 mandatory, 1 advisory\.\n/);
    assert.ok(text.includes("- **mandatory** `argocd-secret-label` on `kubernetes:core/v1:Secret s`: Label it."));
    assert.ok(text.includes('\\<no\\> "label" & &#64;team \\`x\\`'));
    assert.equal(markdown([], "dev"), "### dev\n\nNo policy findings.\n");
  });
});
