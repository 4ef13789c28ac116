import type { Settings } from "./defaults";
import { expect, type Finding, join, shown } from "./findings";
import { checkMetadata } from "./metadata";
import { isLabel } from "./names";

type Argocd = Settings["argocd"];

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends, at most 63 characters";

/** Mistakes in the registration with Argo CD. */
export function checkArgocd(argocd: Argocd): Finding[] {
  const { namespace, namespaces, clusterResources, sources } = argocd;
  return [
    ...expect(isLabel(namespace), {
      path: "argocd.namespace",
      problem: `${shown(namespace)} is not the name of a namespace`,
      allowed: DNS_LABEL,
      fix: "name the namespace in which Argo CD runs, or set argocd.register to false",
    }),
    ...namespaces.flatMap((one, index) =>
      expect(isLabel(one), {
        path: `argocd.namespaces[${index}]`,
        problem: `${shown(one)} is not the name of a namespace`,
        allowed: DNS_LABEL,
        fix: "name a namespace of the virtual cluster; patterns are not possible",
      }),
    ),
    ...expect(!clusterResources || namespaces.length > 0, {
      path: "argocd.clusterResources",
      problem: "it says nothing, because Argo CD may do everything in the whole cluster",
      allowed: "true together with argocd.namespaces",
      fix: "remove it, or list namespaces",
    }),
    ...sources.flatMap((source, index) =>
      expect(/^!?[^\s!]+$/.test(source), {
        path: `argocd.sources[${index}]`,
        problem: `${shown(source)} is not the address of a repository`,
        allowed: 'a URL, a pattern such as "https://git.example.com/team/*", "*" for any; "!" before one excludes it',
        fix: "write the address as in an Application's repoURL",
      }),
    ),
    ...checkMetadata(argocd, "argocd"),
    ...(["labels", "annotations"] as const).flatMap((kind) =>
      Object.keys(argocd[kind]).flatMap((key) =>
        expect(!/^(environment|version|domain|argocd\.argoproj\.io\/.*)$/.test(key), {
          path: join(`argocd.${kind}`, key),
          problem: "the program or Argo CD writes this key",
          allowed: "any but environment, version, domain and those under argocd.argoproj.io/",
          fix: "rename it",
        }),
      ),
    ),
  ];
}
