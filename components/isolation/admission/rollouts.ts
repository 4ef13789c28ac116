import { renewsCertificates } from "../../../shared/vcluster/versions";
import type { Settings } from "../../config/defaults";
import { isUnchanged, type Kind, list, type Rule, text, when } from "./rule";

/** Kinds that a control plane changes to restart itself, where its version renews certificates. */
export function rolloutKinds({ chart }: Settings): Kind[] {
  return renewsCertificates(chart.version) ? ["apps/statefulsets"] : [];
}

/** The annotation by which it does (`pkg/certs/watcher.go` of vCluster). */
const RENEWED_AT = text("vcluster.loft.sh/cert-rotation-at");

/** What Kubernetes lets be changed of a StatefulSet, besides metadata and the template's annotations. */
const KEPT = [
  "metadata.ownerReferences",
  "spec.replicas",
  "spec.updateStrategy",
  "spec.persistentVolumeClaimRetentionPolicy",
  "spec.minReadySeconds",
  "spec.ordinals",
  "spec.revisionHistoryLimit",
  "spec.template.spec",
  "spec.template.metadata.labels",
  "spec.template.metadata.finalizers",
];

/**
 * A restart, and nothing else: pods of a StatefulSet are made by a controller of the host, so none of the rules for pods looks
 * at them.
 */
export function rolloutRules(env: Settings): Rule[] {
  const { release, etcd } = env.names;
  const annotations = (object: string) =>
    `(has(${object}.spec.template.metadata.annotations) ? ${object}.spec.template.metadata.annotations : {})`;
  const [now, before] = [annotations("object"), annotations("oldObject")];
  const kinds = rolloutKinds(env);
  return when(kinds.length > 0, {
    name: "rollouts",
    kinds,
    allows: [
      "request.operation == 'UPDATE'",
      `object.metadata.name in ${list([release, etcd])}`,
      "variables.labels == variables.oldLabels",
      "variables.annotations == variables.oldAnnotations",
      ...KEPT.map((field) => `(${isUnchanged(field)})`),
      `${now}.all(k, k == ${RENEWED_AT} || (k in ${before} && ${before}[k] == ${now}[k]))`,
      `${before}.all(k, k in ${now})`,
    ].join(" && "),
    refuses: "changes of the control plane by itself",
    allowed: "a restart with renewed certificates",
    keys: [],
  });
}
