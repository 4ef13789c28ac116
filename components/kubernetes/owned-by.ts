import type { Namespace } from "@pulumi/kubernetes/core/v1";
import type { ResourceOptions } from "@pulumi/pulumi";

import type { ResolvedEnvironment } from "../config/resolved";
import { sourceAccess } from "../vcluster/syncer-rbac";

/**
 * Options of an object outside of the namespace: Kubernetes' garbage collector deletes it after the namespace, also where
 * that is deleted by hand.
 */
export function ownedBy({ metadata: { name, uid } }: Namespace): ResourceOptions {
  const ownerReferences = [{ apiVersion: "v1", kind: "Namespace", name, uid }];
  return {
    transformations: [
      ({ props, opts }) => ({
        props: { ...props, metadata: { ...(props["metadata"] as object), ownerReferences } },
        opts,
      }),
    ],
  };
}

/** Paths in the host's API of all that {@link ownedBy} an environment's namespace, whether or not its settings make it. */
export function ownedPaths({ names, sync, argocd }: ResolvedEnvironment): string[] {
  const admission = "/apis/admissionregistration.k8s.io/v1";
  return [
    ...[names.priorityClass, names.workloadPriorityClass].map(
      (name) => `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`,
    ),
    ...[names.admissionPolicy, names.hostPolicy].flatMap((name) => [
      `${admission}/validatingadmissionpolicies/${name}`,
      `${admission}/validatingadmissionpolicybindings/${name}`,
    ]),
    ...sourceAccess(sync).flatMap(({ namespace }) =>
      ["roles", "rolebindings"].map(
        (kind) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${kind}/${names.release}`,
      ),
    ),
    ...(argocd.register
      ? [`/apis/argoproj.io/v1alpha1/namespaces/${argocd.namespace}/appprojects/${names.argocdCluster}`]
      : []),
  ];
}
