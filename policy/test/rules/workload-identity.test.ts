import { workloadIdentity } from "../../rules/workload-identity";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const AZURE = { "controlPlane|advanced|workloadServiceAccount|annotations|azure.workload.identity/client-id": "x" };

testRule(workloadIdentity, {
  compliant: {
    "no identity": release(),
    "an identity with its service accounts": release({ ...AZURE, "sync.toHost.serviceAccounts.enabled": true }),
    "other annotations": release({
      "controlPlane|advanced|workloadServiceAccount|annotations": {
        "example.com/eks.amazonaws.com/role-arn": "x",
        "eks.amazonaws.com/role-arn-x": "x",
      },
    }),
  },
  violating: {
    Azure: {
      of: release(AZURE),
      at: ["values.sync.toHost.serviceAccounts.enabled"],
      says: ["controlPlane.advanced.workloadServiceAccount.annotations sets a cloud identity", "Found: nothing"],
    },
    ...Object.fromEntries(
      [
        ["workloadServiceAccount|labels", "azure.workload.identity/use"],
        ["serviceAccount|annotations", "eks.amazonaws.com/role-arn"],
        ["serviceAccount|labels", "azure.workload.identity/use"],
        ["workloadServiceAccount|annotations", "iam.gke.io/gcp-service-account"],
      ].map(([place = "", key = ""]) => [
        `${key} in ${place}`,
        {
          of: application({ [`controlPlane|advanced|${place}|${key}`]: "x" }),
          at: ["spec.source.helm.valuesObject.sync.toHost.serviceAccounts.enabled"],
          says: [`controlPlane.advanced.${place.replace("|", ".")} sets`],
        },
      ]),
    ),
    "service accounts switched off": {
      of: release({ ...AZURE, "sync.toHost.serviceAccounts.enabled": false }),
      at: ["values.sync.toHost.serviceAccounts.enabled"],
      says: ["Found: false"],
    },
    "labels of the control plane's pod": {
      of: release({ "controlPlane|statefulSet|pods|labels|azure.workload.identity/use": "true" }),
      at: ["values.sync.toHost.serviceAccounts.enabled"],
      says: ["controlPlane.statefulSet.pods.labels sets"],
    },
  },
  unknown: {
    "an unknown switch": {
      of: release({ "sync.toHost.serviceAccounts.enabled": UNKNOWN }),
      at: "values.sync.toHost.serviceAccounts.enabled",
    },
  },
  notApplicable: { "another chart": release(AZURE, { chart: "nginx" }), "another provider": BUCKET },
  configured: {
    "no identity where it is required": {
      of: release(),
      config: { required: true },
      at: ["values.sync.toHost.serviceAccounts.enabled"],
      says: ["workload identity is required"],
    },
  },
});
