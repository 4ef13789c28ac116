import { asObject } from "../json";
import { mappedKinds, mappingsOf, type Mapping } from "../mappings";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const OBJECT = /^(\*|[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)$/;

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
      const found = sourceProblem(mapping) ?? targetProblem(mapping);
      if (found === undefined) continue;
      const [problem, allowed] = found;
      report({
        path: mapping.path,
        problem,
        value: { [mapping.source]: mapping.target },
        allowed,
        fix: "correct the mapping; as it is the control plane crash-loops",
      });
    }
  },
});

type Problem = readonly [problem: string, allowed: string];

function sourceProblem({ source }: Mapping): Problem | undefined {
  if (source === "") return undefined;
  const [namespace = "", object, ...rest] = source.split("/");
  // A wildcard namespace is refused by `mapping-sources`, which says why.
  const isNamespace = ["", "*"].includes(namespace) || NAMESPACE.test(namespace);
  if (isNamespace && object !== undefined && OBJECT.test(object) && rest.length === 0) return undefined;
  return ["the source is not a host object", '"namespace/name", "namespace/*", "/name" or ""'];
}

function targetProblem({ source, target }: Mapping): Problem | undefined {
  const [namespace = "", object, ...rest] = typeof target === "string" ? target.split("/") : [];
  const placed = NAMESPACE.test(namespace) && rest.length === 0;
  if (source === "") {
    if (placed && (object === undefined || object === "*")) return undefined;
    return ["the source is the environment's own namespace and the target is not one", '"namespace" or "namespace/*"'];
  }
  if (source.endsWith("/*")) {
    return placed && object === "*"
      ? undefined
      : ["the source is a whole namespace and the target is not", '"namespace/*"'];
  }
  if (placed && object !== undefined && OBJECT.test(object)) return undefined;
  return ["the target is not one object", '"namespace/name"'];
}
