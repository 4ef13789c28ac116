import { isMarked, OWN_OBJECT } from "../components/kubernetes/annotations";
import type { KubernetesObject } from "../host/client";
import type { ManifestObject } from "../host/live-objects";
import { getIn } from "../shared/json";

/** The API records what restore.ts writes under this name. */
export const RESTORING = "pulumi-kubernetes-restored";

/** Helm as the provider and the command line run it. */
const HELM = /^(pulumi-resource-kubernetes(\.exe)?|helm)$/;
/** vCluster's syncer, and Kubernetes' own controllers. */
const CONTROLLERS = /^(vcluster|kube-(apiserver|controller-manager|scheduler))$/;
/** The provider has one random name per object, in every program. */
const ANY_PROGRAM = /^pulumi-kubernetes(-|$)/;

/** Whether a manager is Helm, or has restored an object as Helm made it. */
export function isHelms(manager: string): boolean {
  return HELM.test(manager) || manager === RESTORING;
}

/** Tells the managers of an object on the host that write what is declared or needed from all others. */
export function ownManagers(declared: ManifestObject, live: KubernetesObject): (manager: string) => boolean {
  const isPulumis = isMarked(declared) ? isThisProgram(live) : () => false;
  return (manager) => isHelms(manager) || CONTROLLERS.test(manager) || isPulumis(manager);
}

/**
 * This program's field manager is the one that has written the annotations of {@link OWN_OBJECT}: another program that changes
 * the object has no reason to. An object from before these annotations does not tell them apart, until the first update adds
 * them.
 */
function isThisProgram({ metadata }: KubernetesObject): (manager: string) => boolean {
  const annotations = Object.keys(OWN_OBJECT);
  const marked = (metadata?.managedFields ?? [])
    .filter(({ fieldsV1 }) =>
      annotations.every((key) => getIn(fieldsV1, "f:metadata", "f:annotations", `f:${key}`) !== undefined),
    )
    .map(({ manager = "" }) => manager)
    .filter((manager) => ANY_PROGRAM.test(manager));
  return (manager) => (marked.length === 0 ? ANY_PROGRAM.test(manager) : marked.includes(manager));
}
