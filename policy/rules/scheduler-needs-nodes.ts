import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const schedulerNeedsNodes = vclusterRule({
  name: "scheduler-needs-nodes",
  description: "A virtual cluster with its own scheduler syncs the host's nodes.",
  severity: "critical",
  remediationSteps: "Set sync.fromHost.nodes.enabled to true, or disable the virtual scheduler.",
  url: `${VALUES_DOCS}/control-plane/other/advanced/virtual-scheduler`,
  check: ({ values }, { reportValue }) => {
    const scheduler = SCHEDULERS.find((path) => values.isOn(path));
    if (scheduler === undefined || values.isOn("sync.fromHost.nodes.enabled")) return;
    reportValue("sync.fromHost.nodes.enabled", {
      problem: `${scheduler} is on and requires nodes; the control plane would not start`,
      allowed: "true while a scheduler is on",
      fix: `set it to true, or set ${scheduler} to false`,
    });
  },
});
