import type { Settings } from "../../config/defaults";
import { podLabels } from "../../names";
import { list, type Rule, text } from "./rule";

/** Labels that Kubernetes gives pods of a StatefulSet, besides those of their node. */
const OF_STATEFUL_SETS = [
  "apps.kubernetes.io/pod-index",
  "controller-revision-hash",
  "statefulset.kubernetes.io/pod-name",
];
const OF_NODES = "topology.kubernetes.io/";

/**
 * What PodDisruptionBudgets may select. vCluster copies the selector as it is, so that it can fit pods of the control plane, in
 * the same namespace: nothing could drain their node then, and Kubernetes evicts no pod that two budgets select.
 */
export function budgetRules({ names, labels }: Settings): Rule[] {
  const own = Object.values(podLabels(names));
  const apps = list(own.map(({ app }) => app));
  const keys = list(["release", ...OF_STATEFUL_SETS, ...Object.keys(labels)]);
  // A label that no pod of the control plane has, or has with that value.
  const excludes = (key: string, hasOwnApp: string) =>
    `!(${key} in ${keys}) && !${key}.startsWith(${text(OF_NODES)}) && !(${key} == 'app' && ${hasOwnApp})`;
  const selector = "object.spec.selector";
  const byLabels = `(has(${selector}.matchLabels) && ${selector}.matchLabels.exists(k, ${excludes("k", `${selector}.matchLabels[k] in ${apps}`)}))`;
  const byExpressions = `(has(${selector}.matchExpressions) && ${selector}.matchExpressions.exists(e, e.operator in ['In', 'Exists'] && ${excludes("e.key", `(e.operator == 'Exists' || e.values.exists(v, v in ${apps}))`)}))`;
  return [
    {
      name: "budget-selector",
      kinds: ["policy/poddisruptionbudgets"],
      field: "spec.selector",
      allows: `${byLabels} || ${byExpressions}`,
      refuses: "selectors of PodDisruptionBudgets that may fit pods of the control plane",
      allowed: `selectors with a label that these do not have, such as app with another value than ${own.map(({ app }) => app).join(" and ")}`,
      keys: [],
    },
  ];
}
