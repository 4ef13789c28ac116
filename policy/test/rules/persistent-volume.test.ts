import { persistentVolume } from "../../rules/persistent-volume";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const ETCD = "controlPlane.backingStore.etcd.deploy";
const ETCD_CLAIM = `${ETCD}.statefulSet.persistence.volumeClaim`;
const CLAIM = "controlPlane.statefulSet.persistence.volumeClaim";

testRule(persistentVolume, {
  compliant: {
    "a volume": release(),
    "a volume that is kept": release({ [`${CLAIM}.retentionPolicy`]: "Retain" }),
    "the chart's auto": release({ [`${CLAIM}.enabled`]: undefined }),
    "a database outside": release({ [CLAIM]: {}, "controlPlane.backingStore.database.external.enabled": true }),
    "an etcd outside": release({ [CLAIM]: {}, "controlPlane.backingStore.etcd.external.enabled": true }),
    "an etcd beside": release({ [CLAIM]: {}, [`${ETCD}.enabled`]: true, [`${ETCD_CLAIM}.retentionPolicy`]: "Delete" }),
    "true as text": release({ [`${CLAIM}.enabled`]: "true" }),
  },
  violating: {
    "no volume": {
      of: release({ [`${CLAIM}.enabled`]: false }),
      at: [`values.${CLAIM}.enabled`],
      says: ["every restart loses all objects", "Found: false"],
    },
    "no policy": {
      of: release({ [`${CLAIM}.retentionPolicy`]: undefined }),
      at: [`values.${CLAIM}.retentionPolicy`],
      says: ["Found: nothing", "Allowed: Retain or Delete"],
    },
    "an etcd without a volume": {
      of: release({ [`${ETCD}.enabled`]: true, [`${ETCD_CLAIM}.enabled`]: false }),
      at: [`values.${ETCD_CLAIM}.enabled`, `values.${ETCD_CLAIM}.retentionPolicy`],
      says: ["every restart loses all objects", "Found: false"],
    },
    "a policy that does not exist": {
      of: application({ [`${CLAIM}.retentionPolicy`]: "Keep", [`${CLAIM}.enabled`]: null }),
      at: [`spec.source.helm.valuesObject.${CLAIM}.enabled`, `spec.source.helm.valuesObject.${CLAIM}.retentionPolicy`],
      says: ['Found: "Keep"'],
    },
  },
  unknown: { "an unknown switch": { of: release({ [`${CLAIM}.enabled`]: UNKNOWN }), at: `values.${CLAIM}.enabled` } },
  notApplicable: { "another chart": release({ [CLAIM]: {} }, { chart: "nginx" }), "another provider": BUCKET },
});
