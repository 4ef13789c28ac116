import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const TELEMETRY = "telemetry.enabled";

export const telemetryOff = vclusterRule({
  name: "telemetry-off",
  description: "The virtual cluster sends no usage data; the chart's default is to send it.",
  severity: "low",
  remediationSteps: "Set telemetry.enabled to false. This rule can do so itself at enforcement level remediate.",
  url: `${VALUES_DOCS}/telemetry`,
  remedy: { path: TELEMETRY, value: false },
  check: ({ values }, { report }) => {
    if (values.get(TELEMETRY) === false) return;
    report({
      path: values.where(TELEMETRY),
      problem: "usage data leaves the host",
      value: values.get(TELEMETRY),
      allowed: "false",
      fix: "set it to false",
    });
  },
});
