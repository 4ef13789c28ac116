import { vclusterRule } from "../rule";

export const valuesReadable = vclusterRule({
  name: "values-readable",
  description: "The chart values are part of the program, where policies can read them.",
  severity: "high",
  remediationSteps:
    "Move the values out of files and YAML text into `values` (Helm release) or `helm.valuesObject` (Argo CD).",
  url: "https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values",
  evenUnreadable: true,
  check: ({ unreadable }, { report }) => {
    unreadable.forEach((path) => {
      report({
        path,
        problem: "no rule of this pack reads values from files or YAML text, so these values are not checked",
        allowed: "values as an object (`values`, `helm.valuesObject`), or JSON text in `helm.values`",
        fix: "write these values as an object in the program",
      });
    });
  },
});
