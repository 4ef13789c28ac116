import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const schedulerNeedsNodes = vclusterRule({
  name: "scheduler-needs-nodes",
  description: "A virtual cluster that schedules its own pods has the host's nodes synced into it.",
  severity: "critical",
  remediationSteps: "Set sync.fromHost.nodes.enabled to true, or switch the virtual scheduler off.",
  url: `${VALUES_DOCS}/control-plane/other/advanced/virtual-scheduler`,
  check: ({ values }, { report }) => {
    const scheduler = SCHEDULERS.find((path) => values.isOn(path));
    if (scheduler === undefined || values.isOn("sync.fromHost.nodes.enabled")) return;
    report({
      path: values.where("sync.fromHost.nodes.enabled"),
      problem: `${scheduler} is on and no node is synced, so the control plane crash-loops`,
      value: values.get("sync.fromHost.nodes.enabled"),
      allowed: "true while a virtual scheduler is on",
      fix: `set it to true, or set ${scheduler} to false`,
    });
  },
});
