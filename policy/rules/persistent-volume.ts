import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const CLAIM = "controlPlane.statefulSet.persistence.volumeClaim";
const ETCD = "controlPlane.backingStore.etcd.deploy";
const POLICIES = ["Retain", "Delete"];

/** Backing stores outside of the environment, with which "auto" means no volume. */
const OUTSIDE_STORES = [
  "controlPlane.backingStore.etcd.external.enabled",
  "controlPlane.backingStore.database.external.enabled",
];

export const persistentVolume = vclusterRule({
  name: "persistent-volume",
  description: "The virtual cluster stores its objects on a volume with an explicit retention policy.",
  severity: "critical",
  remediationSteps: `Set ${CLAIM}.enabled to true and ${CLAIM}.retentionPolicy to Retain or Delete; with ${ETCD}, the same in its statefulSet.`,
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  check: ({ values }, { reportValue }) => {
    if (OUTSIDE_STORES.some((path) => values.isOn(path))) return;
    const claim = values.isOn(`${ETCD}.enabled`) ? `${ETCD}.statefulSet.persistence.volumeClaim` : CLAIM;
    if (!["true", "auto"].includes(String(values.get(`${claim}.enabled`)))) {
      reportValue(`${claim}.enabled`, {
        problem: "without a volume, every restart loses all objects of the virtual cluster",
        allowed: "true, or auto with an embedded store",
        fix: "set it to true",
      });
    }
    if (POLICIES.includes(String(values.get(`${claim}.retentionPolicy`)))) return;
    reportValue(`${claim}.retentionPolicy`, {
      problem: "by default the chart retains the volume, and a new environment of the same name would reuse its data",
      allowed: POLICIES.join(" or "),
      fix: "set one of them",
    });
  },
});
