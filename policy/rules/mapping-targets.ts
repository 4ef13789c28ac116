import { parseMapping } from "../../shared/vcluster/sync-mappings";
import { mappingsOf } from "../mappings";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const mappingTargets = vclusterRule({
  name: "mapping-targets",
  description: "No two mappings of one kind write the same objects of the virtual cluster.",
  severity: "high",
  remediationSteps: "Give each source a target of its own.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  check: (vcluster, { report }) => {
    const seen = new Map<string, string>();
    for (const { kind, source, target, path } of mappingsOf(vcluster)) {
      const objects = typeof target === "string" ? parseMapping(source, target).target : target;
      const key = `${kind} ${String(objects)}`;
      const other = seen.get(key);
      if (other === undefined) {
        seen.set(key, source);
        continue;
      }
      report({
        path,
        problem: `${JSON.stringify(other)} is mapped there too, and the two overwrite each other`,
        value: target,
        allowed: "one source for each target",
        fix: "map one of them to another namespace or name",
      });
    }
  },
});
