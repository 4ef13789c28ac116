import { asObject } from "../json";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

/** Annotations and labels that bind a service account to an identity in Azure, AWS or Google Cloud. */
const IDENTITY_KEY = /^(azure\.workload\.identity\/|eks\.amazonaws\.com\/role-arn$|iam\.gke\.io\/)/;

const PLACES = [
  "controlPlane.advanced.workloadServiceAccount.annotations",
  "controlPlane.advanced.workloadServiceAccount.labels",
  "controlPlane.advanced.serviceAccount.annotations",
  "controlPlane.advanced.serviceAccount.labels",
  "controlPlane.statefulSet.pods.labels",
];

export const workloadIdentity = vclusterRule<{ readonly required: boolean }>({
  name: "workload-identity",
  description: "With workload identity, service accounts are synced to the host, which issues their tokens.",
  severity: "medium",
  remediationSteps: "Set sync.toHost.serviceAccounts.enabled to true.",
  url: `${VALUES_DOCS}/sync/to-host/advanced/service-accounts`,
  configSchema: {
    required: {
      type: "boolean",
      default: false,
      description: "Require it for every virtual cluster, for workloads that bring their own identity.",
    },
  },
  check: ({ values }, { config, reportValue }) => {
    if (values.isOn("sync.toHost.serviceAccounts.enabled")) return;
    const place = PLACES.find((path) => Object.keys(asObject(values.get(path))).some((key) => IDENTITY_KEY.test(key)));
    if (place === undefined && !config.required) return;
    reportValue("sync.toHost.serviceAccounts.enabled", {
      problem: `${place === undefined ? "workload identity is required" : `${place} sets a cloud identity`}, but service accounts are not synced to the host`,
      allowed: "true with workload identity",
      fix: "set it to true",
    });
  },
});
