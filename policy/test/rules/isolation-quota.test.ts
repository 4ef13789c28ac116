import { isolationQuota } from "../../rules/isolation-quota";
import { testRule } from "../cases";
import { application, BUCKET, object, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(isolationQuota, {
  compliant: {
    "a ResourceQuota of the stack": [
      release(),
      object("core/v1:ResourceQuota", { metadata: { namespace: "dev-vcluster" } }),
    ],
    "the chart's own": [release({ "policies.resourceQuota.enabled": true })],
    "brought by the other": [release({ "policies.limitRange.enabled": true })],
    "brought by the other, as text": [application({ "policies.limitRange.enabled": "true" })],
    "values that cannot be read": [
      release(),
      release({}, { valueYamlFiles: ["a"], namespace: "x" }),
      object("core/v1:ResourceQuota", { metadata: { namespace: "dev-vcluster" } }),
    ],
  },
  violating: {
    nothing: {
      of: [release()],
      at: ["namespace"],
      on: ["vcluster"],
      says: ["no ResourceQuota", 'Found: "dev-vcluster"'],
    },
    "one of another namespace": {
      of: [application(), object("core/v1:ResourceQuota", { metadata: { namespace: "staging-vcluster" } })],
      at: ["spec.destination.namespace"],
    },
    "another kind": {
      of: [release(), object("core/v1:ConfigMap", { metadata: { namespace: "dev-vcluster" } })],
      at: ["namespace"],
    },
    "switched off while the other is on": {
      of: [release({ "policies.resourceQuota.enabled": false, "policies.limitRange.enabled": true })],
      at: ["namespace"],
      says: ["policies.resourceQuota.enabled: true"],
    },
  },
  unknown: { "an unknown namespace": { of: [release({}, { namespace: UNKNOWN })], at: "namespace" } },
  notApplicable: {
    "a stack without virtual clusters": [BUCKET],
    "values that cannot be read": [release({}, { valueYamlFiles: ["a"] })],
  },
});
