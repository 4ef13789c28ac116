import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const OWNER = "experimental.syncSettings.setOwner";

export const copiesHaveOwner = vclusterRule({
  name: "copies-have-owner",
  description: "Copies on the host have the virtual cluster's Service as their owner.",
  severity: "high",
  remediationSteps: `Remove ${OWNER}, or set it to true.`,
  url: `${VALUES_DOCS}/experimental/sync-settings`,
  check: ({ values }, { reportValue }) => {
    if (values.isOn(OWNER)) return;
    reportValue(OWNER, {
      problem: "Argo CD on the host takes copies with its labels or annotations for objects of an application there",
      allowed: "true",
      fix: "remove it",
    });
  },
});
