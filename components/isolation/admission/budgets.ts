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
 * the same namespace: nothing could evict these then, and Kubernetes evicts no pod that two budgets select.
 */
export function budgetRules({ names, labels }: Settings): Rule[] {
  const own = Object.values(podLabels(names));
  const apps = own.map(({ app }) => app);
  const known = new Map<string, string[]>();
  for (const [key, value] of [...own, labels].flatMap((all) => Object.entries(all))) {
    known.set(key, [...new Set([...(known.get(key) ?? []), value])]);
  }
  // A label that no pod of the control plane has, or none with that value.
  const excludes = (key: string, fits: (values: string) => string) =>
    [
      `!(${key} in ${list(OF_STATEFUL_SETS)})`,
      `!${key}.startsWith(${text(OF_NODES)})`,
      ...[...known].map(([name, values]) => `!(${key} == ${text(name)} && ${fits(list(values))})`),
    ].join(" && ");
  const selector = "object.spec.selector";
  const labelFits = (values: string) => `${selector}.matchLabels[k] in ${values}`;
  const expressionFits = (values: string) => `(e.operator == 'Exists' || e.values.exists(v, v in ${values}))`;
  const byLabels = `(has(${selector}.matchLabels) && ${selector}.matchLabels.exists(k, ${excludes("k", labelFits)}))`;
  const byExpressions = `(has(${selector}.matchExpressions) && ${selector}.matchExpressions.exists(e, e.operator in ['In', 'Exists'] && ${excludes("e.key", expressionFits)}))`;
  return [
    {
      name: "budget-selector",
      kinds: ["policy/poddisruptionbudgets"],
      field: "spec.selector",
      allows: `${byLabels} || ${byExpressions}`,
      refuses: "selectors of PodDisruptionBudgets that may fit pods of the control plane",
      allowed: `selectors with a label that these do not have, such as app with another value than ${apps.join(" and ")}`,
      keys: [],
    },
  ];
}
