import { requiredInNamespace } from "../isolation";
import { VALUES_DOCS } from "../urls";

export const isolationLimitRange = requiredInNamespace({
  name: "isolation-limit-range",
  description: "A LimitRange sets default limits for containers without limits.",
  severity: "medium",
  remediationSteps: "Add a LimitRange to the environment's namespace, or set policies.limitRange.enabled.",
  url: `${VALUES_DOCS}/policies/limit-range`,
  kind: "LimitRange",
  value: "policies.limitRange.enabled",
  // The chart adds the limits to a quota unless they are disabled.
  impliedBy: "policies.resourceQuota.enabled",
});
