import { requiredInNamespace } from "../isolation";
import { VALUES_DOCS } from "../urls";

export const isolationLimitRange = requiredInNamespace({
  name: "isolation-limit-range",
  description: "A LimitRange gives bounds to containers that set none.",
  severity: "medium",
  remediationSteps: "Add a LimitRange to the environment's namespace, or set policies.limitRange.enabled.",
  url: `${VALUES_DOCS}/policies/limit-range`,
  kind: "LimitRange",
  value: "policies.limitRange.enabled",
  // Switching the quota on brings the limits along, unless they are switched off.
  broughtBy: "policies.resourceQuota.enabled",
});
