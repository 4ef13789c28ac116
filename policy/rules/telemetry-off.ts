import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const TELEMETRY = "telemetry.enabled";

export const telemetryOff = vclusterRule({
  name: "telemetry-off",
  description: "The virtual cluster sends no usage data, as it would by default.",
  severity: "low",
  remediationSteps: "Set telemetry.enabled to false. This rule can do it with enforcement level remediate.",
  url: `${VALUES_DOCS}/telemetry`,
  remedy: { path: TELEMETRY, value: false },
  check: ({ values }, { reportValue }) => {
    if (values.get(TELEMETRY) === false) return;
    reportValue(TELEMETRY, {
      problem: "usage data is sent to the vendor",
      allowed: "false",
      fix: "set it to false",
    });
  },
});
