import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import { type Input, mergeOptions, type Resource, type ResourceOptions } from "@pulumi/pulumi";

import type { Settings } from "../config/defaults";
import { podSecurityLabels } from "../isolation/isolation";
import { BACKGROUND_DELETION, SHARED_NAMESPACE } from "../kubernetes/annotations";
import { metadata } from "../kubernetes/metadata";
import { ownershipMetadata } from "../kubernetes/ownership";
import type { Names } from "../names";
import type { SourceAccess } from "../vcluster/syncer-rbac";

/** The environment's own namespace. With `persistence.retain` it stays when the environment goes, and its volume in it. */
export function ownNamespace(name: string, names: Names, s: Settings, opts: ResourceOptions): Namespace {
  const labels = podSecurityLabels(s.isolation.profile);
  return new Namespace(
    name,
    { metadata: metadata({ name: names.namespace, labels }, s, ownershipMetadata(s.environment)) },
    mergeOptions(opts, { retainOnDelete: s.persistence.retain }),
  );
}

/**
 * A namespace that environments copy objects from, and the syncer's right to read them there.
 *
 * The namespace belongs to the host. Server-side apply makes it where it is missing and changes nothing where it exists,
 * so any number of stacks may declare it; none deletes it, but `make remove-shared-namespaces` does, by its label. The
 * right is the environment's own and goes with it.
 */
export function sourceNamespace(
  name: string,
  names: Names,
  access: SourceAccess,
  account: Input<string>,
  opts: ResourceOptions,
): Resource {
  const inNamespace = (suffix: string) => `${name}-${suffix}-${access.namespace}`;
  const namespace = new Namespace(
    inNamespace("source"),
    { metadata: { name: access.namespace, labels: { [SHARED_NAMESPACE]: "true" } } },
    mergeOptions(opts, { retainOnDelete: true }),
  );
  const inSource = { name: names.release, namespace: access.namespace, annotations: BACKGROUND_DELETION };
  const role = new Role(
    inNamespace("syncer"),
    { metadata: inSource, rules: access.rules },
    mergeOptions(opts, { dependsOn: namespace }),
  );
  return new RoleBinding(
    inNamespace("syncer"),
    {
      metadata: inSource,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: names.release },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: names.namespace }],
    },
    mergeOptions(opts, { dependsOn: role }),
  );
}
