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

/** An object outside of the namespace, which owns it. */
export interface Owned {
  readonly kind: string;
  /** In the host's API. */
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
  /** Whether the settings make it. Others may have made it before. */
  readonly made: boolean;
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** All that {@link ownedBy} an environment's namespace. */
export function owned({ names, controlPlane, isolation, sync, argocd }: ResolvedEnvironment): Owned[] {
  const { priorityClass, workloadPriorityClass, admissionPolicy, hostPolicy, release, argocdCluster } = names;
  const object = (kind: string, of: string, name: string, made = true, namespace?: string) => ({
    ...{ kind, path: `${of}/${name}`, name, made },
    ...(namespace !== undefined && { namespace }),
  });
  const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
  const isChecked = isolation.profile !== "open";
  const projects = `/apis/argoproj.io/v1alpha1/namespaces/${argocd.namespace}/appprojects`;
  return [
    object("PriorityClass", classes, priorityClass, controlPlane.priorityClass === undefined),
    object("PriorityClass", classes, workloadPriorityClass),
    ...[admissionPolicy, hostPolicy].flatMap((name) => [
      object("ValidatingAdmissionPolicy", `${ADMISSION}/validatingadmissionpolicies`, name, isChecked),
      object("ValidatingAdmissionPolicyBinding", `${ADMISSION}/validatingadmissionpolicybindings`, name, isChecked),
    ]),
    ...sourceAccess(sync).flatMap(({ namespace }) => [
      object("Role", `${RBAC}/namespaces/${namespace}/roles`, release, true, namespace),
      object("RoleBinding", `${RBAC}/namespaces/${namespace}/rolebindings`, release, true, namespace),
    ]),
    ...(argocd.register ? [object("AppProject", projects, argocdCluster, true, argocd.namespace)] : []),
  ];
}
