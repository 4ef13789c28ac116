import { requiredInNamespace } from "../isolation";
import { VALUES_DOCS } from "../urls";

export const isolationQuota = requiredInNamespace({
  name: "isolation-quota",
  description: "A ResourceQuota bounds what an environment can take from the host.",
  severity: "high",
  remediationSteps: "Add a ResourceQuota to the environment's namespace, or set policies.resourceQuota.enabled.",
  url: `${VALUES_DOCS}/policies/resource-quota`,
  kind: "ResourceQuota",
  value: "policies.resourceQuota.enabled",
  // Switching the limits on brings the quota along, unless it is switched off.
  broughtBy: "policies.limitRange.enabled",
});
