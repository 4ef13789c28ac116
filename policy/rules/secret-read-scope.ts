import { asList, asTexts, getIn } from "../json";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const secretReadScope = vclusterRule({
  name: "secret-read-scope",
  description: "The syncer cannot read Secrets in all namespaces of the host.",
  severity: "critical",
  remediationSteps:
    "Set rbac.clusterRole.overwriteRules without Secrets, and create a Role for the syncer in each mapped namespace.",
  url: `${VALUES_DOCS}/rbac`,
  check: ({ values }, { report }) => {
    if (String(values.get("rbac.clusterRole.enabled")) === "false") return;
    const overwritten = asList(values.get("rbac.clusterRole.overwriteRules"));
    if (overwritten.length === 0 && values.isOn("sync.fromHost.secrets.enabled")) {
      report({
        path: values.where("rbac.clusterRole.overwriteRules"),
        problem: "with sync.fromHost.secrets enabled, the chart's ClusterRole can list every Secret of the host",
        allowed: "cluster-wide rules without Secrets",
        fix: "set overwriteRules, and add a Role for Secrets in each mapped namespace",
      });
    }
    // With overwriteRules the chart ignores extraRules.
    const key = overwritten.length > 0 ? "overwriteRules" : "extraRules";
    asList(values.get(`rbac.clusterRole.${key}`)).forEach((rule, index) => {
      if (!readsEverySecret(rule)) return;
      report({
        path: `${values.where(`rbac.clusterRole.${key}`)}[${String(index)}]`,
        problem: "the rule grants access to the Secrets of every namespace",
        value: rule,
        allowed: "rules without secrets, or with resourceNames and without list and watch",
        fix: "grant access with a Role in the namespace of the Secrets",
      });
    });
  },
});

/** True for a rule that allows reading Secrets; resourceNames restrict `get`, but not what a list or watch returns. */
function readsEverySecret(rule: unknown): boolean {
  const has = (key: string, ...wanted: string[]): boolean =>
    asTexts(getIn(rule, key)).some((item) => item === "*" || wanted.includes(item));
  const named = asTexts(getIn(rule, "resourceNames")).length > 0;
  return (
    has("resources", "secrets") &&
    has("apiGroups", "") &&
    (named ? has("verbs", "list", "watch") : has("verbs", "get", "list", "watch"))
  );
}
