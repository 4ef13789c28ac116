import { check, format, join, type Problem } from "../../shared/errors";
import { isLabel } from "../../shared/rfc1123";
import type { Settings } from "../config/defaults";
import { checkMetadata } from "../kubernetes/metadata";

type Argocd = Settings["argocd"];

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends, at most 63 characters";

/** Mistakes in the registration with Argo CD. */
export function checkArgocd(argocd: Argocd): Problem[] {
  const { namespace, namespaces, clusterResources, sources } = argocd;
  return [
    ...check(isLabel(namespace), {
      path: "argocd.namespace",
      code: "namespace-invalid",
      problem: `${format(namespace)} is not the name of a namespace`,
      allowed: DNS_LABEL,
      fix: "name the namespace in which Argo CD runs, or set argocd.register to false",
    }),
    ...namespaces.flatMap((one, index) =>
      check(isLabel(one), {
        path: `argocd.namespaces[${index}]`,
        code: "namespace-invalid",
        problem: `${format(one)} is not the name of a namespace`,
        allowed: DNS_LABEL,
        fix: "name a namespace of the virtual cluster; patterns are not possible",
      }),
    ),
    ...check(!clusterResources || namespaces.length > 0, {
      path: "argocd.clusterResources",
      code: "cluster-resources-without-effect",
      problem: "it says nothing, because Argo CD may do everything in the whole cluster",
      allowed: "true together with argocd.namespaces",
      fix: "remove it, or list namespaces",
    }),
    ...sources.flatMap((source, index) =>
      check(/^!?[^\s!]+$/.test(source), {
        path: `argocd.sources[${index}]`,
        code: "source-invalid",
        problem: `${format(source)} is not the address of a repository`,
        allowed: 'a URL, a pattern such as "https://git.example.com/team/*", "*" for any; "!" before one excludes it',
        fix: "write the address as in an Application's repoURL",
      }),
    ),
    ...checkMetadata(argocd, "argocd"),
    ...(["labels", "annotations"] as const).flatMap((kind) =>
      Object.keys(argocd[kind]).flatMap((key) =>
        check(!/^(environment|version|domain|argocd\.argoproj\.io\/.*)$/.test(key), {
          path: join(`argocd.${kind}`, key),
          code: "metadata-key-managed",
          problem: "the program or Argo CD writes this key",
          allowed: "any but environment, version, domain and those under argocd.argoproj.io/",
          fix: "rename it",
        }),
      ),
    ),
  ];
}
