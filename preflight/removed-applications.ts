import type { Settings } from "../components/config/defaults";
import { applicationName } from "../components/names";
import { type HostClient, HostError, type KubernetesObject, METADATA_ONLY } from "../host/client";
import { ENVIRONMENT_LABEL } from "../shared/kubernetes";

/** An Application of Argo CD. */
interface Found {
  readonly namespace: string;
  readonly name: string;
}

type Configured = Pick<Settings, "environment" | "applications"> & { readonly argocd: { readonly namespace: string } };

/**
 * The environment's Applications on the host that are no longer configured under that name and namespace: Argo CD deletes
 * what they deployed. None where they cannot be listed.
 */
export async function findRemovedApplications(api: HostClient, env: Configured): Promise<Found[]> {
  const selector = encodeURIComponent(`${ENVIRONMENT_LABEL}=${env.environment}`);
  const found = await api
    .list<KubernetesObject>(`/apis/argoproj.io/v1alpha1/applications?labelSelector=${selector}`, METADATA_ONLY)
    .catch((error: unknown) => {
      if (error instanceof HostError) return [];
      throw error;
    });
  const kept = new Set(Object.keys(env.applications).map((key) => applicationName(key, env.environment)));
  return found
    .map(({ metadata }) => ({ namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" }))
    .filter(({ namespace, name }) => namespace !== env.argocd.namespace || !kept.has(name));
}

/** What an update loses by {@link findRemovedApplications}, and how not to. */
export function removalWarning({ namespace, name }: Found): string {
  return (
    `This update deletes the Application ${namespace}/${name} with everything that it deployed, volumes included: the ` +
    "configuration no longer has it, or has it under another name or argocd.namespace, and a new Application loses those objects too. " +
    `Fix: to keep them, run \`kubectl -n ${namespace} patch application ${name} --type merge -p ` +
    `'{"metadata":{"finalizers":null}}'\` before the update.`
  );
}
