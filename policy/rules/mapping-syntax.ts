import { MAPPING_FORMS, mappingMistake } from "../../shared/vcluster/sync-mappings";
import { asObject, asText } from "../json";
import { mappedKinds, mappingsOf } from "../mappings";
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
    for (const { source, target, path } of mappingsOf(vcluster)) {
      // The rule `mapping-sources` reports wildcard namespaces.
      const problem = mappingMistake(source.replace(/^\*(?=\/)/, "any"), asText(target) ?? "");
      if (problem === undefined) continue;
      report({
        path,
        problem,
        value: { [source]: target },
        allowed: MAPPING_FORMS,
        fix: "correct the mapping; the syncer rejects or ignores it",
      });
    }
  },
});
