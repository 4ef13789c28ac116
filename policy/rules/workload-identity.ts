import { asObject } from "../json";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

interface Config {
  readonly required: boolean;
}

/** Annotations and labels by which Azure, AWS and Google tie a service account to a cloud identity. */
const IDENTITY_KEY = /^(azure\.workload\.identity\/|eks\.amazonaws\.com\/role-arn$|iam\.gke\.io\/)/;

const PLACES = [
  "controlPlane.advanced.workloadServiceAccount.annotations",
  "controlPlane.advanced.workloadServiceAccount.labels",
  "controlPlane.advanced.serviceAccount.annotations",
  "controlPlane.advanced.serviceAccount.labels",
  "controlPlane.statefulSet.pods.labels",
];

export const workloadIdentity = vclusterRule<Config>({
  name: "workload-identity",
  description: "Where workload identity is used, service accounts are synced to the host, which issues their tokens.",
  severity: "medium",
  remediationSteps: "Set sync.toHost.serviceAccounts.enabled to true.",
  url: `${VALUES_DOCS}/sync/to-host/advanced/service-accounts`,
  configSchema: {
    required: {
      type: "boolean",
      default: false,
      description: "Ask for it of every virtual cluster, for workloads that carry their identity themselves.",
    },
  },
  check: ({ values }, { config, report }) => {
    if (values.isOn("sync.toHost.serviceAccounts.enabled")) return;
    const place = PLACES.find((path) => Object.keys(asObject(values.get(path))).some((key) => IDENTITY_KEY.test(key)));
    if (place === undefined && !config.required) return;
    report({
      path: values.where("sync.toHost.serviceAccounts.enabled"),
      problem: `${place === undefined ? "workload identity is required" : `${place} sets a cloud identity`}, and no service account reaches the host`,
      value: values.get("sync.toHost.serviceAccounts.enabled"),
      allowed: "true where workload identity is used",
      fix: "set it to true",
    });
  },
});
