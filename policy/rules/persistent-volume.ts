import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const CLAIM = "controlPlane.statefulSet.persistence.volumeClaim";
const POLICIES = ["Retain", "Delete"];

/** Backing stores outside of the control plane's pod, with which "auto" means no volume. */
const OUTSIDE_STORES = [
  "controlPlane.backingStore.etcd.deploy.enabled",
  "controlPlane.backingStore.etcd.external.enabled",
  "controlPlane.backingStore.database.external.enabled",
];

export const persistentVolume = vclusterRule({
  name: "persistent-volume",
  description: "The virtual cluster stores its objects on a volume with an explicit retention policy.",
  severity: "critical",
  remediationSteps: `Set ${CLAIM}.enabled to true and ${CLAIM}.retentionPolicy to Retain or Delete.`,
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  check: ({ values }, { reportValue }) => {
    if (OUTSIDE_STORES.some((path) => values.isOn(path))) return;
    if (!["true", "auto"].includes(String(values.get(`${CLAIM}.enabled`)))) {
      reportValue(`${CLAIM}.enabled`, {
        problem: "without a volume, every restart loses all objects of the virtual cluster",
        allowed: "true, or auto with an embedded store",
        fix: "set it to true",
      });
    }
    if (POLICIES.includes(String(values.get(`${CLAIM}.retentionPolicy`)))) return;
    reportValue(`${CLAIM}.retentionPolicy`, {
      problem: "by default the chart retains the volume, and a new environment of the same name would reuse its data",
      allowed: POLICIES.join(" or "),
      fix: "set one of them",
    });
  },
});
