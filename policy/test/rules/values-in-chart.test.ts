import { valuesInChart } from "../../rules/values-in-chart";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(valuesInChart, {
  compliant: {
    "values of the chart": release({ "sync.toHost.volumeSnapshots.enabled": false }),
    "values of a newer chart": release({ "sync.toHost.endpointSlices.enabled": false }, { version: "0.30.0" }),
    "the last version with a value": release({ "sync.toHost.volumeSnapshots.enabled": true }, { version: "0.35.9" }),
    "a chart whose version nobody knows": release(
      { "sync.toHost.endpointSlices.enabled": true, "sync.toHost.volumeSnapshots.enabled": true },
      { chart: "./charts/vcluster", version: undefined },
    ),
    "values that no version of the table lost": release({ "a.b": true }, { version: "0.36.1" }),
  },
  violating: {
    "a value that the chart lost, even disabled": {
      of: release({ "sync.toHost.volumeSnapshots.enabled": false }, { version: "0.36.1" }),
      at: ["values.sync.toHost.volumeSnapshots"],
      says: ["Allowed: this value in charts before 0.36. Fix: remove it."],
    },
    "a value that the chart does not have yet": {
      of: release({ "sync.toHost.endpointSlices.enabled": true }),
      at: ["values.sync.toHost.endpointSlices"],
      says: ["charts from 0.30 on"],
    },
    "a value with a successor, in an Application": {
      of: application({ "sleepMode.enabled": true }, { targetRevision: "0.32.0" }),
      at: ["spec.source.helm.valuesObject.sleepMode"],
      says: ["or use sleep"],
    },
    "a value that came and went": {
      of: release({ "rbac.enableVolumeSnapshotRules.enabled": false }, { version: "0.36.0" }),
      at: ["values.rbac.enableVolumeSnapshotRules"],
      says: ["charts from 0.27 to before 0.36"],
    },
  },
  unknown: {
    "an unknown section": { of: release({ sleep: UNKNOWN }), at: "values.sleep" },
  },
  notApplicable: {
    "another chart": release({ "sleep.auto": {} }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
});
