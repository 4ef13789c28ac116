import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const ingressSyncNeedsClasses = vclusterRule({
  name: "ingress-sync-needs-classes",
  description: "A virtual cluster that syncs Ingresses to the host sees the host's ingress classes.",
  severity: "medium",
  remediationSteps: "Set sync.fromHost.ingressClasses.enabled to true.",
  url: `${VALUES_DOCS}/sync/from-host/ingress-classes`,
  check: ({ values }, { report }) => {
    if (!values.isOn("sync.toHost.ingresses.enabled") || values.isOn("sync.fromHost.ingressClasses.enabled")) return;
    report({
      path: values.where("sync.fromHost.ingressClasses.enabled"),
      problem: "sync.toHost.ingresses is on, and inside the virtual cluster no Ingress can name a class that exists",
      value: values.get("sync.fromHost.ingressClasses.enabled"),
      allowed: "true while Ingresses are synced to the host",
      fix: "set it to true",
    });
  },
});
