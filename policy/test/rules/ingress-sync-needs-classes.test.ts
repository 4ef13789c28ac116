import { ingressSyncNeedsClasses } from "../../rules/ingress-sync-needs-classes";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(ingressSyncNeedsClasses, {
  compliant: {
    "no ingress sync": release(),
    both: release({ "sync.toHost.ingresses.enabled": true, "sync.fromHost.ingressClasses.enabled": true }),
    "classes alone": release({ "sync.fromHost.ingressClasses.enabled": true }),
  },
  violating: {
    "ingresses alone": {
      of: release({ "sync.toHost.ingresses.enabled": true }),
      at: ["values.sync.fromHost.ingressClasses.enabled"],
      says: ["Found: nothing"],
    },
    "an Application": {
      of: application({ "sync.toHost.ingresses.enabled": true, "sync.fromHost.ingressClasses.enabled": false }),
      at: ["spec.source.helm.valuesObject.sync.fromHost.ingressClasses.enabled"],
      says: ["Found: false"],
    },
  },
  unknown: {
    "an unknown switch": {
      of: release({ "sync.toHost.ingresses.enabled": UNKNOWN }),
      at: "values.sync.toHost.ingresses.enabled",
    },
  },
  notApplicable: {
    "another chart": release({ "sync.toHost.ingresses.enabled": true }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
});
