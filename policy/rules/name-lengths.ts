import {
  isClusterRoleUnique,
  LABEL_LENGTH,
  RELEASE_LENGTH,
  RELEASE_LENGTH_WITH_ETCD,
} from "../../shared/vcluster/names";
import { vclusterRule } from "../rule";

export const nameLengths = vclusterRule({
  name: "name-lengths",
  description: "Names of release and namespace are short enough, and the names that the chart builds from them unique.",
  severity: "high",
  remediationSteps: "Shorten the name of the release or of the namespace.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
  evenUnreadable: true,
  check: ({ release, namespace = "", namespacePath, values }, { report }) => {
    const etcd = values.isOn("controlPlane.backingStore.etcd.deploy.enabled");
    const names = [
      ["name", "release", release, etcd ? RELEASE_LENGTH_WITH_ETCD : RELEASE_LENGTH],
      [namespacePath, "namespace", namespace, LABEL_LENGTH],
    ] as const;
    for (const [path, what, value, longest] of names) {
      if (value.length <= longest) continue;
      report({
        path,
        problem: `the name of the ${what} has ${value.length} characters`,
        value,
        allowed: `at most ${longest} characters`,
        fix: "shorten it",
      });
    }
    if (isClusterRoleUnique(release, namespace)) return;
    report({
      path: "name",
      problem: `the chart cuts the name of the syncer's ClusterRole after ${LABEL_LENGTH} characters, and another environment's can be the same`,
      value: release,
      allowed: "a shorter release, or one that contains the name of the namespace",
      fix: "shorten the name of the release or of the namespace",
    });
  },
});
