import { mappingMistake } from "../../shared/vcluster/sync-mappings";
import { asObject } from "../json";
import { mappedKinds, mappingsOf, type Mapping } from "../mappings";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const mappingSyntax = vclusterRule({
  name: "mapping-syntax",
  description: "Mappings of Secrets and ConfigMaps from the host have a form that the syncer supports.",
  severity: "critical",
  remediationSteps:
    "Write `namespace/*: namespace/*`, `namespace/name: namespace/name`, `/name: namespace/name`, or an empty source and a namespace.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  check: (vcluster, { report }) => {
    for (const kind of mappedKinds(vcluster)) {
      const path = `sync.fromHost.${kind}.mappings.byName`;
      if (Object.keys(asObject(vcluster.values.get(path))).length > 0) continue;
      report({
        path: vcluster.values.where(path),
        problem: `sync of ${kind} from the host is enabled without a mapping; the control plane would not start`,
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
        fix: "correct the mapping; the syncer rejects or ignores it",
      });
    }
  },
});

type Problem = readonly [problem: string, allowed: string];

function problemOf({ source, target }: Mapping): Problem | undefined {
  // The rule `mapping-sources` reports wildcard namespaces.
  const mistake = mappingMistake(source.replace(/^\*(?=\/)/, "any"), typeof target === "string" ? target : "");
  if (mistake === undefined) return undefined;
  if (mistake === "source: whole own namespace") {
    return ["the source is an object named *, which cannot exist", '"" for the environment\'s own namespace'];
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
