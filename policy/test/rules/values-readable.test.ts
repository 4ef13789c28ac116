import { valuesReadable } from "../../rules/values-readable";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(valuesReadable, {
  compliant: {
    "values in the program": release(),
    "an Application's values as an object": application(),
    "an Application's values as JSON text": application({}, { helm: { values: "{}" } }),
    "an Application without helm settings": application({}, { helm: undefined }),
    "empty lists of files": release({}, { valueYamlFiles: [] }),
  },
  violating: {
    "values in files": {
      of: release({}, { valueYamlFiles: ["values.yaml"] }),
      at: ["valueYamlFiles"],
      says: ["no rule"],
    },
    "YAML text": {
      of: application({}, { helm: { values: "telemetry:\n  enabled: false" } }),
      at: ["spec.source.helm.values"],
    },
    "JSON text that is no object": { of: application({}, { helm: { values: "[]" } }), at: ["spec.source.helm.values"] },
    "an Application's files": {
      of: application({}, { helm: { valueFiles: ["values.yaml"], fileParameters: [{ name: "a", path: "b" }] } }),
      at: ["spec.source.helm.valueFiles", "spec.source.helm.fileParameters"],
    },
  },
  unknown: { "an unknown chart": { of: release({}, { chart: UNKNOWN }), at: "chart" } },
  notApplicable: {
    "another chart": release({}, { chart: "nginx", valueYamlFiles: ["values.yaml"] }),
    "another provider": BUCKET,
  },
});
