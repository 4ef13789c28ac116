import type { Settings } from "../config/defaults";
import type { AccountManifest } from "../jobs/service-account-token";
import { ARGOCD_ACCOUNT } from "../names";

const RBAC = "rbac.authorization.k8s.io/v1";

/**
 * The service account `name` inside the virtual cluster with exactly the rights that the configuration gives Argo CD: the
 * whole cluster, or everything in the listed namespaces and, with `clusterResources`, all kinds that belong to no namespace.
 *
 * The objects belong to this account alone and never change: other rights need another account.
 */
export function serviceAccountManifests(
  name: string,
  { namespaces, clusterResources }: Settings["argocd"],
): AccountManifest[] {
  const account = { name, namespace: ARGOCD_ACCOUNT.namespace };
  const subjects = [{ kind: "ServiceAccount", ...account }];
  const rbac = (path: string, kind: string, metadata: object, content: object): AccountManifest => ({
    path: `/apis/${RBAC}/${path}/${name}`,
    object: { apiVersion: RBAC, kind, metadata, ...content },
    retain: false,
  });
  const binding = (path: string, kind: string, metadata: object, roleKind: string, roleName: string) => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: roleKind, name: roleName };
    return rbac(path, kind, metadata, { roleRef, subjects });
  };
  const inNamespace = (namespace: string) => {
    const metadata = { name, namespace };
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    return [
      // Retained, because it has what Argo CD deployed.
      { path: `/api/v1/namespaces/${namespace}`, object: core("Namespace", { name: namespace }), retain: true },
      rbac(`namespaces/${namespace}/roles`, "Role", metadata, { rules }),
      binding(`namespaces/${namespace}/rolebindings`, "RoleBinding", metadata, "Role", name),
    ];
  };
  const clusterWide = namespaces.length === 0;
  const clusterBinding = (role: string) =>
    binding("clusterrolebindings", "ClusterRoleBinding", { name }, "ClusterRole", role);
  return [
    {
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${name}`,
      object: core("ServiceAccount", account),
      retain: false,
    },
    ...namespaces.flatMap(inNamespace),
    ...(clusterWide ? [clusterBinding("cluster-admin")] : []),
    ...(!clusterWide && clusterResources
      ? [rbac("clusterroles", "ClusterRole", { name }, {}), clusterBinding(name)]
      : []),
  ];
}

function core<Kind extends string>(kind: Kind, metadata: object) {
  return { apiVersion: "v1", kind, metadata };
}
