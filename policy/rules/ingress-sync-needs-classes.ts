import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const ingressSyncNeedsClasses = vclusterRule({
  name: "ingress-sync-needs-classes",
  description: "A virtual cluster that syncs Ingresses to the host has the host's IngressClasses.",
  severity: "medium",
  remediationSteps: "Set sync.fromHost.ingressClasses.enabled to true.",
  url: `${VALUES_DOCS}/sync/from-host/ingress-classes`,
  check: ({ values }, { reportValue }) => {
    if (!values.isOn("sync.toHost.ingresses.enabled") || values.isOn("sync.fromHost.ingressClasses.enabled")) return;
    reportValue("sync.fromHost.ingressClasses.enabled", {
      problem: "sync.toHost.ingresses is enabled, but the virtual cluster has no IngressClass for its Ingresses",
      allowed: "true while Ingresses are synced to the host",
      fix: "set it to true",
    });
  },
});
