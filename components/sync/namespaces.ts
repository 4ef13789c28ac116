import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import { mergeOptions, type Output, type Resource, type ResourceOptions } from "@pulumi/pulumi";

import type { ResolvedEnvironment } from "../config/resolved";
import { podSecurityLabels } from "../isolation/isolation";
import { OWN_OBJECT, OWNED_LAST, SHARED_NAMESPACE } from "../kubernetes/annotations";
import { metadata } from "../kubernetes/metadata";
import { IDENTITY_ANNOTATION, ownershipMetadata } from "../kubernetes/ownership";
import type { SourceAccess } from "../vcluster/syncer-rbac";
import { syncerAccount } from "../vcluster/values";

/** The environment's own namespace, marked as its own. With `persistence.retain`, a destroy leaves it and the volume in it. */
export function ownNamespace(
  name: string,
  env: ResolvedEnvironment,
  identity: Output<string>,
  opts: ResourceOptions,
): Namespace {
  const labels = podSecurityLabels(env.isolation.profile);
  const { annotations, ...rest } = metadata(
    { name: env.names.namespace, labels },
    env,
    ownershipMetadata(env.environment),
  );
  return new Namespace(
    name,
    { metadata: { ...rest, annotations: { ...annotations, ...OWNED_LAST, [IDENTITY_ANNOTATION]: identity } } },
    mergeOptions(opts, { retainOnDelete: env.persistence.retain }),
  );
}

/**
 * A namespace that environments copy objects from, and the syncer's right to read them there.
 *
 * The namespace belongs to the host. Server-side apply creates it where it is missing and changes nothing where it exists,
 * so any number of stacks may declare it. None deletes it, only `make remove-shared-namespaces` by its label. The Role is
 * the environment's own and is deleted with it.
 *
 * @param owned options of what is the environment's own
 */
export function sourceNamespace(
  name: string,
  env: ResolvedEnvironment,
  access: SourceAccess,
  opts: ResourceOptions,
  owned: ResourceOptions,
): Resource {
  const { release, namespace } = env.names;
  const source = new Namespace(
    `${name}-source-${access.namespace}`,
    { metadata: { name: access.namespace, labels: { [SHARED_NAMESPACE]: "true" } } },
    mergeOptions(opts, { retainOnDelete: true }),
  );
  const roleName = `${name}-syncer-${access.namespace}`;
  const inSource = { name: release, namespace: access.namespace, annotations: OWN_OBJECT };
  const role = new Role(
    roleName,
    { metadata: inSource, rules: access.rules },
    mergeOptions(opts, { ...owned, dependsOn: source }),
  );
  return new RoleBinding(
    roleName,
    {
      metadata: inSource,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: release },
      subjects: [{ kind: "ServiceAccount", name: syncerAccount(env), namespace }],
    },
    mergeOptions(opts, { ...owned, dependsOn: role }),
  );
}
