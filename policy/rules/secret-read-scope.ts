import { asList, asTexts, at } from "../json";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const secretReadScope = vclusterRule({
  name: "secret-read-scope",
  description: "The syncer may not read the Secrets of every namespace of the host.",
  severity: "critical",
  remediationSteps:
    "Set rbac.clusterRole.overwriteRules without Secrets, and give the syncer a Role in each namespace that it maps from.",
  url: `${VALUES_DOCS}/rbac`,
  check: ({ values }, { report }) => {
    if (String(values.get("rbac.clusterRole.enabled")) === "false") return;
    const overwritten = asList(values.get("rbac.clusterRole.overwriteRules"));
    if (overwritten.length === 0 && values.isOn("sync.fromHost.secrets.enabled")) {
      report({
        path: values.where("rbac.clusterRole.overwriteRules"),
        problem: "sync.fromHost.secrets is on, for which the chart lets the syncer list every Secret of the host",
        allowed: "cluster-wide rules without Secrets",
        fix: "overwrite the rules, and add a Role for Secrets in each mapped namespace",
      });
    }
    // With overwritten rules the chart leaves the extra ones out.
    const key = overwritten.length > 0 ? "overwriteRules" : "extraRules";
    asList(values.get(`rbac.clusterRole.${key}`)).forEach((rule, index) => {
      if (!readsEverySecret(rule)) return;
      report({
        path: `${values.where(`rbac.clusterRole.${key}`)}[${String(index)}]`,
        problem: "the rule reaches the Secrets of every namespace",
        value: rule,
        allowed: "rules without secrets, or with resourceNames and without list and watch",
        fix: "move Secrets into a Role of the namespace that holds them",
      });
    });
  },
});

/** Names do not bound a list or a watch by themselves: the API server lists first. */
function readsEverySecret(rule: unknown): boolean {
  const has = (key: string, ...wanted: string[]): boolean =>
    asTexts(at(rule, key)).some((item) => item === "*" || wanted.includes(item));
  const named = asTexts(at(rule, "resourceNames")).length > 0;
  return (
    has("resources", "secrets") &&
    has("apiGroups", "") &&
    (named ? has("verbs", "list", "watch") : has("verbs", "get", "list", "watch"))
  );
}
