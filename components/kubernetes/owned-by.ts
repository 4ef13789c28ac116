import type { Namespace } from "@pulumi/kubernetes/core/v1";
import type { ResourceOptions } from "@pulumi/pulumi";

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
