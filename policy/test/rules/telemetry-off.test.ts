import { telemetryOff } from "../../rules/telemetry-off";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(telemetryOff, {
  compliant: { "telemetry off": release(), "an Application": application() },
  violating: {
    "the chart's default": {
      of: release({ telemetry: undefined }),
      at: ["values.telemetry.enabled"],
      says: ["Found: true", "Allowed: false"],
    },
    "telemetry on": {
      of: application({ "telemetry.enabled": true }),
      at: ["spec.source.helm.valuesObject.telemetry.enabled"],
    },
    "a default that is taken away": { of: release({ telemetry: null }), at: ["values.telemetry.enabled"] },
  },
  unknown: {
    "an unknown switch": { of: release({ "telemetry.enabled": UNKNOWN }), at: "values.telemetry.enabled" },
  },
  notApplicable: { "another chart": release({ telemetry: {} }, { chart: "nginx" }), "another provider": BUCKET },
  remediated: {
    "a release": { of: release({ "telemetry.enabled": true }), to: release().props },
    "a release without values": {
      of: release({}, { values: undefined }),
      to: release({}, { values: { telemetry: { enabled: false } } }).props,
    },
    "an Application": { of: application({ telemetry: undefined }), to: application().props },
    "one of an Application's sources": {
      of: application({}, {}, { source: undefined, sources: [{}, { chart: "vcluster", helm: {} }] }),
      to: application(
        {},
        {},
        {
          source: undefined,
          sources: [{}, { chart: "vcluster", helm: { valuesObject: { telemetry: { enabled: false } } } }],
        },
      ).props,
    },
    "nothing where it is off": { of: release(), to: undefined },
    "nothing in text": { of: application({}, { helm: { values: "{}" } }), to: undefined },
    "nothing beside files": { of: release({ telemetry: {} }, { valueYamlFiles: ["a"] }), to: undefined },
    "nothing of another chart": { of: release({ telemetry: {} }, { chart: "nginx" }), to: undefined },
    "nothing that is exempt": { of: release({ telemetry: {} }), config: { exempt: ["vcluster"] }, to: undefined },
  },
});
