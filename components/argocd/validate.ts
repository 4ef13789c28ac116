import { check, format, join, type Problem } from "../../shared/errors";
import { isLabel } from "../../shared/rfc1123";
import type { Settings } from "../config/defaults";
import { checkMetadata, isLabelValue } from "../kubernetes/metadata";
import { CNOE_CLUSTER_CLASS, CNOE_CLUSTER_NAME } from "./cnoe";

type Argocd = Settings["argocd"];

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends, at most 63 characters";

/** Problems in the registration with Argo CD. */
export function checkArgocd(argocd: Argocd): Problem[] {
  const { namespace, namespaces, clusterResources, sources } = argocd;
  return [
    ...check(isLabel(namespace), {
      path: "argocd.namespace",
      code: "namespace-invalid",
      problem: `${format(namespace)} is not a valid namespace name`,
      allowed: DNS_LABEL,
      fix: "set the namespace in which Argo CD runs, or set argocd.register to false",
    }),
    ...namespaces.flatMap((item, index) =>
      check(isLabel(item), {
        path: `argocd.namespaces[${index}]`,
        code: "namespace-invalid",
        problem: `${format(item)} is not a valid namespace name`,
        allowed: DNS_LABEL,
        fix: "use a namespace of the virtual cluster; patterns are not supported",
      }),
    ),
    ...check(!clusterResources || namespaces.length > 0, {
      path: "argocd.clusterResources",
      code: "cluster-resources-without-effect",
      problem: "has no effect: Argo CD already has cluster-wide access",
      allowed: "true together with argocd.namespaces",
      fix: "remove it, or set argocd.namespaces",
    }),
    ...sources.flatMap((source, index) =>
      check(/^!?[^\s!]+$/.test(source), {
        path: `argocd.sources[${index}]`,
        code: "source-invalid",
        problem: `${format(source)} is not a repository URL`,
        allowed: 'a URL, a pattern such as "https://git.example.com/team/*", or "*" for any; a leading "!" excludes it',
        fix: "write it as in an Application's repoURL",
      }),
    ),
    ...checkMetadata(argocd, "argocd"),
    ...checkClusterClass(argocd),
    ...(["labels", "annotations"] as const).flatMap((kind) =>
      Object.keys(argocd[kind]).flatMap((key) =>
        check(!/^(environment|version|domain|argocd\.argoproj\.io\/.*)$/.test(key), {
          path: join(`argocd.${kind}`, key),
          code: "metadata-key-managed",
          problem: "this key is set by the program or by Argo CD",
          allowed: "any key except environment, version, domain and argocd.argoproj.io/*",
          fix: "rename it",
        }),
      ),
    ),
  ];
}

/** A class is there to be selected by, so it is not empty; with it, both labels of CNOE are the program's. */
function checkClusterClass({ clusterClass, labels }: Argocd): Problem[] {
  if (clusterClass === undefined) return [];
  return [
    ...check(clusterClass !== "" && isLabelValue(clusterClass), {
      path: "argocd.clusterClass",
      code: "label-value-invalid",
      problem: `${format(clusterClass)} is not a valid value of the label ${CNOE_CLUSTER_CLASS}`,
      allowed: "1 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends",
      fix: 'set the class that the ApplicationSets select, such as "app-runtime", or remove the key',
    }),
    ...[CNOE_CLUSTER_CLASS, CNOE_CLUSTER_NAME].flatMap((key) =>
      check(labels[key] === undefined, {
        path: join("argocd.labels", key),
        code: "metadata-key-managed",
        problem: "this label is set by the program, because argocd.clusterClass is set",
        allowed: "one of the two: argocd.clusterClass, or the label here",
        fix: "remove the label, or remove argocd.clusterClass",
      }),
    ),
  ];
}
