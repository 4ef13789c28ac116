import type { Settings } from "../../config/defaults";
import { COMMON_KEYS, KEYS, type KeyTable } from "./keys";
import { list, type Rule, text, type Variable } from "./rule";

/** Finalizers that Kubernetes knows how to remove. Any other would block the deletion of the namespace. */
const FINALIZERS = ["foregroundDeletion", "orphan", "kubernetes.io/pvc-protection"];

/** What the metadata of every kind may have. */
export function metadataRules(): Rule[] {
  const mayStay = `f in ${list(FINALIZERS)} || (request.operation == 'UPDATE' && has(oldObject.metadata.finalizers) && f in oldObject.metadata.finalizers)`;
  return [
    ...KEYS.flatMap((table, index) => [keys(table, "annotations", index), keys(table, "labels", index)]),
    {
      name: "token-annotations",
      allows: "variables.annotations.all(k, !k.startsWith('vcluster.loft.sh/token-') || k in variables.oldAnnotations)",
      refuses: "tokens of pods in annotations, where others can read them,",
      allowed: "tokens in Secrets, by sync.toHost.pods.useSecretsForSATokens of vCluster",
      keys: [],
    },
    {
      name: "untranslated-names",
      allows:
        "!('vcluster.loft.sh/skip-translate' in variables.annotations) || 'vcluster.loft.sh/skip-translate' in variables.oldAnnotations",
      refuses: "objects with the annotation vcluster.loft.sh/skip-translate",
      allowed: "objects whose names vCluster translates",
      keys: [],
    },
    {
      name: "finalizers",
      field: "metadata.finalizers",
      allows: `object.metadata.finalizers.all(f, ${mayStay})`,
      refuses: "finalizers that nothing outside of the virtual cluster removes",
      refused: `object.metadata.finalizers.filter(f, !(${mayStay}))`,
      allowed: FINALIZERS.join(", "),
      keys: [],
    },
  ];
}

/** Keys that a request adds or changes, and that not every kind may have; of these, those that each group of kinds may not. */
export function keyVariables(env: Settings): Variable[] {
  const { allow } = env.isolation;
  const added = (all: string, old: string, patterns: readonly string[]) =>
    `variables.${all}.filter(k, !((k in variables.${old} && variables.${old}[k] == variables.${all}[k]) || ${matches("k", `variables.${all}`, patterns)}))`;
  const refused = (name: string, from: string, all: string, patterns: readonly string[]) => ({
    name,
    expression: `variables.${from}.filter(k, !${matches("k", `variables.${all}`, patterns)})`,
  });
  return [
    {
      name: "newAnnotations",
      expression: added("annotations", "oldAnnotations", [...COMMON_KEYS.annotations, ...allow.annotations]),
    },
    { name: "newLabels", expression: added("labels", "oldLabels", [...COMMON_KEYS.labels, ...allow.labels]) },
    ...KEYS.flatMap(({ annotations, labels }, index) => [
      refused(`refusedAnnotations${index}`, "newAnnotations", "annotations", annotations),
      refused(`refusedLabels${index}`, "newLabels", "labels", labels),
    ]),
  ];
}

function keys({ kinds, ...table }: KeyTable, what: "annotations" | "labels", index: number): Rule {
  const refused = `variables.refused${what === "annotations" ? "Annotations" : "Labels"}${index}`;
  const plain = table[what].includes("*") ? "keys without a domain, and " : "";
  return {
    name: `${what}-of-${kinds[0]?.split("/").at(-1) ?? ""}`,
    kinds,
    allows: `size(${refused}) == 0`,
    refused,
    refuses: `${what} that controllers outside of the virtual cluster may act on`,
    allowed: `${plain}those of known tools that have no effect there`,
    keys: [`isolation.allow.${what}`],
  };
}

/** Whether a key of a map fits one of the patterns of a {@link KEYS} table. */
function matches(key: string, map: string, patterns: readonly string[]): string {
  const slash = text("/");
  const [domain, name] = [0, 1].map((index) => `${key}.split(${slash})[${index}]`);
  const names = new Map<string, Set<string>>();
  for (const pattern of patterns.filter((one) => !one.includes("="))) {
    const [before = "", after] = pattern.split("/");
    const group = after === undefined ? "" : before;
    names.set(group, (names.get(group) ?? new Set()).add(after ?? before));
  }
  const whole = [...names].flatMap(([group, all]) => (group !== "" && all.has("*") ? [group] : []));
  const inDomains = [...names].filter(([group, all]) => group !== "" && !all.has("*"));
  const plain = names.get("") ?? new Set();
  const parts = [
    ...(plain.has("*") ? [`!${key}.contains(${slash})`] : plain.size > 0 ? [`${key} in ${list([...plain])}`] : []),
    `(${key}.contains(${slash}) && (${[
      `${domain} in ${list(whole)}`,
      ...inDomains.map(([group, all]) => `(${domain} == ${text(group)} && ${name} in ${list([...all])})`),
    ].join(" || ")}))`,
    ...patterns.flatMap((pattern) => {
      const [name = "", value] = pattern.split("=");
      return value === undefined ? [] : [`(${key} == ${text(name)} && ${map}[${key}] == ${text(value)})`];
    }),
  ];
  return `(${parts.join(" || ")})`;
}
