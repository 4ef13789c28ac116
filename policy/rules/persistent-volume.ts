import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const CLAIM = "controlPlane.statefulSet.persistence.volumeClaim";
const POLICIES = ["Retain", "Delete"];

/** Stores that keep the objects outside the control plane's pod, so that "auto" asks for no volume. */
const OUTSIDE_STORES = [
  "controlPlane.backingStore.etcd.deploy.enabled",
  "controlPlane.backingStore.etcd.external.enabled",
  "controlPlane.backingStore.database.external.enabled",
];

export const persistentVolume = vclusterRule({
  name: "persistent-volume",
  description: "The virtual cluster's objects live on a volume, and the program says what becomes of it at the end.",
  severity: "critical",
  remediationSteps: `Set ${CLAIM}.enabled to true and ${CLAIM}.retentionPolicy to Retain or Delete.`,
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  check: ({ values }, { report }) => {
    if (OUTSIDE_STORES.some((path) => values.isOn(path))) return;
    const enabled = values.get(`${CLAIM}.enabled`);
    if (!["true", "auto"].includes(String(enabled))) {
      report({
        path: values.where(`${CLAIM}.enabled`),
        problem: "without a volume every restart gives a new, empty virtual cluster",
        value: enabled,
        allowed: "true, or auto with an embedded store",
        fix: "set it to true",
      });
    }
    const policy = values.get(`${CLAIM}.retentionPolicy`);
    if (POLICIES.includes(String(policy))) return;
    report({
      path: values.where(`${CLAIM}.retentionPolicy`),
      problem:
        "the chart would keep the volume in silence, and a new environment of the same name would wake the old one",
      value: policy,
      allowed: POLICIES.join(" or "),
      fix: "write down which one is meant",
    });
  },
});
