import { mappingsOf } from "../mappings";
import { textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

interface Config {
  readonly deniedNamespaces: readonly string[];
}

export const mappingSources = vclusterRule<Config>({
  name: "mapping-sources",
  description: "Nothing is synced from every namespace of the host, or from one that holds the host's own secrets.",
  severity: "critical",
  remediationSteps: "Map from a namespace made for sharing, and move there what environments may see.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  configSchema: {
    deniedNamespaces: textList(
      ["kube-system", "kube-public", "kube-node-lease", "argocd"],
      "Host namespaces from which nothing may be mapped.",
    ),
  },
  check: (vcluster, { config, report }) => {
    for (const { source, sourceNamespace, path } of mappingsOf(vcluster)) {
      const wildcard = sourceNamespace?.includes("*") === true;
      if (!wildcard && !config.deniedNamespaces.includes(sourceNamespace ?? "")) continue;
      report({
        path,
        problem: wildcard
          ? "a wildcard namespace would hand every namespace's objects to this environment"
          : `namespace ${sourceNamespace ?? ""} holds the host's own objects`,
        value: source,
        allowed: `a named namespace other than ${config.deniedNamespaces.join(", ")}`,
        fix: "map from a namespace made for sharing",
      });
    }
  },
});
