import { HOST_NAMESPACE_PATTERNS, HOST_NAMESPACES, namespaceOwner } from "../../shared/vcluster/host-namespaces";
import { mappingsOf } from "../mappings";
import { type Lists, textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const mappingSources = vclusterRule<Lists<"deniedNamespaces">>({
  name: "mapping-sources",
  description: "Mappings read from named namespaces of the host that do not contain the host's own Secrets.",
  severity: "critical",
  remediationSteps: "Map from a namespace for shared objects, and move there what environments may read.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  configSchema: {
    deniedNamespaces: textList(
      Object.keys(HOST_NAMESPACES),
      `Host namespaces from which nothing may be mapped, besides ${HOST_NAMESPACE_PATTERNS.join(", ")}.`,
    ),
  },
  check: (vcluster, { config, report }) => {
    const denied = Object.fromEntries(
      config.deniedNamespaces.map((name) => [name, HOST_NAMESPACES[name] ?? "the host"]),
    );
    for (const { source, sourceNamespace, path } of mappingsOf(vcluster)) {
      const namespace = sourceNamespace ?? "";
      const wildcard = namespace.includes("*");
      const owner = namespaceOwner(namespace, denied);
      if (!wildcard && owner === undefined) continue;
      report({
        path,
        problem: wildcard
          ? "a wildcard namespace would hand every namespace's objects to this environment"
          : `namespace ${namespace} holds Secrets of ${owner ?? ""}, which tenants could read`,
        value: source,
        allowed: `a named namespace other than ${[...config.deniedNamespaces, ...HOST_NAMESPACE_PATTERNS].join(", ")}`,
        fix: "map from a namespace made for sharing",
      });
    }
  },
});
