const ENVIRONMENT = "urn:pulumi:dev::vcluster-environments::vcluster-environments:index:Environment";

/** URN of the environment `dev` of the stack `dev`. */
export const ENVIRONMENT_URN = `${ENVIRONMENT}::dev`;

/** URN of a direct child of the environment `dev`: `type::name`. */
export function belowEnvironment(child: string): string {
  return `${ENVIRONMENT}$${child}`;
}

/**
 * What the state of stack `dev` had below its environment at commit 5f86235, before there were groups. Such environments
 * exist: an update has to find every one of these, or it makes the resource a second time and deletes the first.
 */
export const WITHOUT_GROUPS: readonly string[] = [
  "command:local:Command::dev-applications",
  "command:local:Command::dev-argocd-readiness",
  "command:local:Command::dev-argocd-switch",
  "command:local:Command::dev-argocd-token",
  "command:local:Command::dev-readiness",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy::dev-synced-objects",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding::dev-synced-objects-binding",
  "kubernetes:argoproj.io/v1alpha1:AppProject::dev-argocd-project",
  "kubernetes:core/v1:LimitRange::dev-limits",
  "kubernetes:core/v1:Namespace::dev-namespace",
  "kubernetes:core/v1:Namespace::dev-source-backstage",
  "kubernetes:core/v1:Namespace::dev-source-nextjs",
  "kubernetes:core/v1:Namespace::dev-source-shared",
  "kubernetes:core/v1:Namespace::dev-source-shared-config",
  "kubernetes:core/v1:ResourceQuota::dev-object-quota",
  "kubernetes:core/v1:ResourceQuota::dev-workload-quota",
  "kubernetes:core/v1:Secret::dev-argocd-cluster",
  "kubernetes:core/v1:Secret::dev-certificates",
  "kubernetes:discovery.k8s.io/v1:EndpointSlice::dev-host-api",
  "kubernetes:helm.sh/v3:Release::dev-vcluster",
  "kubernetes:networking.k8s.io/v1:Ingress::dev-ingress",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy::dev-all-pods",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy::dev-control-plane",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy::dev-workloads",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::dev-syncer-backstage",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::dev-syncer-nextjs",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::dev-syncer-shared",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::dev-syncer-shared-config",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::dev-syncer-backstage",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::dev-syncer-nextjs",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::dev-syncer-shared",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::dev-syncer-shared-config",
  "kubernetes:scheduling.k8s.io/v1:PriorityClass::dev-priority",
  "kubernetes:scheduling.k8s.io/v1:PriorityClass::dev-workload-priority",
  "random:index/randomString:RandomString::dev-argocd-generation",
].map(belowEnvironment);
