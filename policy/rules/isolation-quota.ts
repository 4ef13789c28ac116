import { requiredInNamespace } from "../isolation";
import { VALUES_DOCS } from "../urls";

export const isolationQuota = requiredInNamespace({
  name: "isolation-quota",
  description: "A ResourceQuota limits what an environment can use of the host.",
  severity: "high",
  remediationSteps: "Add a ResourceQuota to the environment's namespace, or set policies.resourceQuota.enabled.",
  url: `${VALUES_DOCS}/policies/resource-quota`,
  kind: "ResourceQuota",
  value: "policies.resourceQuota.enabled",
  // The chart adds the quota to limits unless it is disabled.
  impliedBy: "policies.limitRange.enabled",
});
