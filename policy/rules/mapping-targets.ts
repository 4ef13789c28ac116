import { targetsOf } from "../../shared/vcluster/sync-mappings";
import { mappingsOf } from "../mappings";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const mappingTargets = vclusterRule({
  name: "mapping-targets",
  description: "No two mappings of a kind write the same objects in the virtual cluster.",
  severity: "high",
  remediationSteps: "Give each source its own target.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  check: (vcluster, { report }) => {
    const seen = new Map<string, string>();
    for (const { kind, source, target, path } of mappingsOf(vcluster)) {
      const targets = targetsOf(source, String(target)).map((item) => `${kind} ${item}`);
      const other = targets.map((item) => seen.get(item)).find((item) => item !== undefined);
      if (other === undefined) {
        for (const item of targets) seen.set(item, source);
        continue;
      }
      report({
        path,
        problem: `${JSON.stringify(other)} has the same target, and the two overwrite each other`,
        value: target,
        allowed: "one source for each target",
        fix: "map one of them to another namespace or name",
      });
    }
  },
});
