import { mappingMistake } from "../../shared/vcluster/sync-mappings";
import { asObject } from "../json";
import { mappedKinds, mappingsOf, type Mapping } from "../mappings";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const mappingSyntax = vclusterRule({
  name: "mapping-syntax",
  description: "Mappings of Secrets and ConfigMaps from the host are written as the syncer reads them.",
  severity: "critical",
  remediationSteps:
    "Write `namespace/*: namespace/*`, `namespace/name: namespace/name`, `/name: namespace/name` or an empty source and a namespace.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  check: (vcluster, { report }) => {
    for (const kind of mappedKinds(vcluster)) {
      const path = `sync.fromHost.${kind}.mappings.byName`;
      if (Object.keys(asObject(vcluster.values.get(path))).length > 0) continue;
      report({
        path: vcluster.values.where(path),
        problem: `sync of ${kind} from the host is on without a mapping, so the control plane crash-loops`,
        allowed: "at least one mapping",
        fix: `add a mapping, or set sync.fromHost.${kind}.enabled to false`,
      });
    }
    for (const mapping of mappingsOf(vcluster)) {
      const found = problemOf(mapping);
      if (found === undefined) continue;
      const [problem, allowed] = found;
      report({
        path: mapping.path,
        problem,
        value: { [mapping.source]: mapping.target },
        allowed,
        fix: "correct the mapping; the syncer refuses or ignores it as it is",
      });
    }
  },
});

type Problem = readonly [problem: string, allowed: string];

function problemOf({ source, target }: Mapping): Problem | undefined {
  // A wildcard namespace is refused by `mapping-sources`, which says why.
  const mistake = mappingMistake(source.replace(/^\*(?=\/)/, "any"), typeof target === "string" ? target : "");
  if (mistake === undefined) return undefined;
  if (mistake === "source: whole own namespace") {
    return ["the source is an object with the name *, which no object has", '"" for the environment\'s own namespace'];
  }
  if (mistake.startsWith("source")) {
    return ["the source is not a host object", '"namespace/name", "namespace/*", "/name" or ""'];
  }
  if (source === "") {
    return ["the source is the environment's own namespace and the target is not one", '"namespace" or "namespace/*"'];
  }
  if (source.endsWith("/*")) return ["the source is a whole namespace and the target is not", '"namespace/*"'];
  return ["the target is not one object", '"namespace/name"'];
}
