import { vclusterRule } from "../rule";

/** Longest name that Helm takes for a release. */
const LONGEST_RELEASE = 53;
/** Longest DNS label, and so longest Service name, label value and namespace. */
const LONGEST_LABEL = 63;

export const nameLengths = vclusterRule({
  name: "name-lengths",
  description: "Release, namespace and the names that the chart builds from them fit, so that none is cut off.",
  severity: "high",
  remediationSteps: "Shorten the release's or the namespace's name.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
  evenUnreadable: true,
  check: ({ release, namespace = "", namespacePath }, { report }) => {
    const names = [
      ["name of the release", release, LONGEST_RELEASE],
      ["namespace", namespace, LONGEST_LABEL],
      ["ClusterRole of the syncer", `vc-${release}-v-${namespace}`, LONGEST_LABEL],
    ] as const;
    for (const [what, name, longest] of names) {
      if (name.length <= longest) continue;
      report({
        path: what === "namespace" ? namespacePath : "name",
        problem: `the ${what} has ${name.length} characters; one that is cut off can equal another environment's`,
        value: name,
        allowed: `at most ${longest} characters`,
        fix: "shorten the name of the release or of the namespace",
      });
    }
  },
});
