import type { Settings } from "../../config/defaults";
import { COMMON_KEYS, KEYS, type KeyTable } from "./keys";
import { list, POD_KINDS, type Rule, text, type Variable } from "./rule";

/** Finalizers that Kubernetes knows how to remove. Any other would block the deletion of the namespace. */
const FINALIZERS = ["foregroundDeletion", "orphan"];
/** Kubernetes gives this one to claims when they are made, and takes it from nothing else. */
const OF_CLAIMS = "kubernetes.io/pvc-protection";

/** Which map of the metadata. */
type Keys = "annotations" | "labels";

/** What the metadata of every kind may have. */
export function metadataRules(): Rule[] {
  const ofClaim = `(f == ${text(OF_CLAIMS)} && variables.kind == 'persistentvolumeclaims')`;
  const mayStay = `f in ${list(FINALIZERS)} || ${ofClaim} || (request.operation == 'UPDATE' && has(oldObject.metadata.finalizers) && f in oldObject.metadata.finalizers)`;
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
      allowed: `${FINALIZERS.join(", ")}, of claims ${OF_CLAIMS}`,
      keys: [],
    },
  ];
}

/** Keys that a request adds or changes, and that not every kind may have; of these, those that each group of kinds may not. */
export function keyVariables(env: Settings): Variable[] {
  const { allow } = env.isolation;
  const added = (all: Keys, old: string, patterns: readonly string[]) =>
    `variables.${all}.filter(k, !((k in variables.${old} && variables.${old}[k] == variables.${all}[k]) || ${matches("k", all, patterns)}))`;
  const refused = (name: string, from: string, all: Keys, patterns: readonly string[]) => ({
    name,
    expression: `variables.${from}.filter(k, !${matches("k", all, patterns)})`,
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

function keys({ kinds, ...table }: KeyTable, what: Keys, index: number): Rule {
  const refused = `variables.refused${what === "annotations" ? "Annotations" : "Labels"}${index}`;
  const orDot = what === "annotations" && kinds === POD_KINDS ? " or a dot" : "";
  const plain = table[what].includes("*") ? `keys without a domain${orDot}, and ` : "";
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
function matches(key: string, map: Keys, patterns: readonly string[]): string {
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
  // Container runtimes read annotations of pods alone.
  const noDot = map === "annotations" ? ` && !(${key}.contains('.') && variables.kind in ${list(POD_KINDS)})` : "";
  const anyPlain = `!${key}.contains(${slash})${noDot}`;
  const exact = [...plain].filter((one) => one !== "*");
  const parts = [
    ...(plain.has("*") ? [`(${anyPlain})`] : []),
    ...(exact.length > 0 ? [`${key} in ${list(exact)}`] : []),
    `(${key}.contains(${slash}) && (${[
      `${domain} in ${list(whole)}`,
      ...inDomains.map(([group, all]) => `(${domain} == ${text(group)} && ${name} in ${list([...all])})`),
    ].join(" || ")}))`,
    ...patterns.flatMap((pattern) => {
      const [name = "", value] = pattern.split("=");
      return value === undefined ? [] : [`(${key} == ${text(name)} && variables.${map}[${key}] == ${text(value)})`];
    }),
  ];
  return `(${parts.join(" || ")})`;
}
