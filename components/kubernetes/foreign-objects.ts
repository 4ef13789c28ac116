import type { HostClient, KubernetesObject } from "../../host/client";
import { format, type Problem } from "../../shared/errors";
import type { ResolvedEnvironment } from "../config/resolved";
import { sourceAccess } from "../vcluster/syncer-rbac";
import { isMarkedAsOwn } from "./annotations";
import type { Attempt } from "./attempt";

/** Where the API has an object. */
interface Place {
  readonly kind: string;
  /** Of the kind, without the object's name. */
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** The environment's own objects outside of its namespace, but for those in Argo CD's. */
export function outsideNamespace({ names, controlPlane, isolation, sync }: ResolvedEnvironment): Place[] {
  const { priorityClass, workloadPriorityClass, admissionPolicy, hostPolicy, release } = names;
  const classes =
    controlPlane.priorityClass === undefined ? [priorityClass, workloadPriorityClass] : [workloadPriorityClass];
  const policies = isolation.profile === "open" ? [] : [admissionPolicy, hostPolicy];
  return [
    ...classes.map((name) => ({ kind: "PriorityClass", path: "/apis/scheduling.k8s.io/v1/priorityclasses", name })),
    ...policies.flatMap((name) => [
      { kind: "ValidatingAdmissionPolicy", path: `${ADMISSION}/validatingadmissionpolicies`, name },
      { kind: "ValidatingAdmissionPolicyBinding", path: `${ADMISSION}/validatingadmissionpolicybindings`, name },
    ]),
    ...sourceAccess(sync).flatMap(({ namespace }) => [
      { kind: "Role", path: `${RBAC}/namespaces/${namespace}/roles`, name: release, namespace },
      { kind: "RoleBinding", path: `${RBAC}/namespaces/${namespace}/rolebindings`, name: release, namespace },
    ]),
  ];
}

/**
 * Objects of others under the names of {@link outsideNamespace}: an update would overwrite them, and Kubernetes delete them
 * after the environment's namespace. The environment's own have its marks, or its namespace as their owner where those were
 * changed by hand.
 */
export async function foreignObjects(api: HostClient, env: ResolvedEnvironment, attempt: Attempt): Promise<Problem[]> {
  const found = await Promise.all(
    outsideNamespace(env).map(async (place) => {
      const object = await attempt(`the ${place.kind}`, api.find<KubernetesObject>(`${place.path}/${place.name}`));
      return object === undefined || isMarkedAsOwn(object) || isOwnedBy(object, env.names.namespace) ? [] : [place];
    }),
  );
  return found.flat().map(({ kind, name, namespace }) => ({
    path: "environment",
    code: "host-object-in-use",
    problem: `the ${kind} ${format(namespace === undefined ? name : `${namespace}/${name}`)} on the host was not made by this environment`,
    allowed: "a name that no such object on the host has",
    fix:
      "choose another environment; or, if nothing uses it any more, run " +
      `\`kubectl ${namespace === undefined ? "" : `-n ${namespace} `}delete ${kind.toLowerCase()} ${name}\``,
  }));
}

/** What to say of objects that could not be read. */
export function uncheckedWarning(unreadable: readonly string[]): string {
  const what = [...new Set(unreadable)].join(", ");
  return `Could not read ${what} on the host: whether another owner has objects of these names was not checked.`;
}

function isOwnedBy({ metadata }: KubernetesObject, namespace: string): boolean {
  return (metadata?.ownerReferences ?? []).some(({ kind, name }) => kind === "Namespace" && name === namespace);
}
