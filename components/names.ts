import { createHash } from "node:crypto";

import { API_PORT } from "../shared/vcluster/api";
import { LABEL_LENGTH, RELEASE_LENGTH, RELEASE_LENGTH_WITH_ETCD } from "../shared/vcluster/names";

export { API_PORT };

/** Everything that is called something, for one environment. No other module builds a name. */
export type Names = Readonly<ReturnType<typeof environmentNames>>;

/** Argo CD's service account inside the virtual cluster, and the namespace it lives in. */
export const ARGOCD_ACCOUNT = { name: "argocd-manager", namespace: "kube-system" } as const;

/** Regular expression of the part of an API host before the domain, for every environment. */
export const API_HOST_LABEL = "[^.]+-vcluster";

/** Port that a URL does not name. */
const HTTPS_PORT = 443;

/** Longest name of an environment, so that its release `vcluster-<environment>-helm` is not too long. */
export const ENVIRONMENT_NAME_LENGTH = RELEASE_LENGTH - "vcluster--helm".length;

/** The same with etcd. */
export const ENVIRONMENT_NAME_LENGTH_WITH_ETCD = RELEASE_LENGTH_WITH_ETCD - "vcluster--helm".length;

/** Names of the environment `environment` under `domain`, whose ingress controller is at `port`. */
export function environmentNames(environment: string, domain: string, port = HTTPS_PORT) {
  const namespace = `${environment}-vcluster`;
  return virtualClusterNames(namespace, `vcluster-${environment}-helm`, `${namespace}.${domain}`, port);
}

/** The same for a virtual cluster with a namespace, release and API host of any name, however it was made. */
export function virtualClusterNames(namespace: string, release: string, apiHost: string, port = HTTPS_PORT) {
  const inClusterHost = `${release}.${namespace}.svc`;
  return {
    /** Host namespace of the virtual cluster, deleted with it. */
    namespace,
    /** Helm release; also the Service of the virtual cluster's API and the suffix of every synced object. */
    release,
    /** Pod of the control plane. */
    pod: `${release}-0`,
    /** Claim of the control plane's volume. */
    volumeClaim: `data-${release}-0`,
    /** StatefulSet and Service of etcd, where the control plane has one. */
    etcd: `${release}-etcd`,
    /** Service account that the syncer uses on the host. */
    syncer: `vc-${release}`,
    /** Secret in which the control plane keeps its certificates and its administrator's kubeconfig. */
    certificates: `${release}-certs`,
    /** Check of what the syncer makes, and its binding; one for the whole host has that name. */
    admissionPolicy: `${namespace}-synced-objects`,
    /** Check that its hosts are not another environment's, and the binding. */
    hostPolicy: `${namespace}-ingress-hosts`,
    /** Priority class of the control plane. */
    priorityClass: release,
    /** Priority class of everything that runs in the virtual cluster. */
    workloadPriorityClass: `${release}-workloads`,
    /** Public DNS name of the virtual cluster's API. */
    apiHost,
    /** Port of the ingress controller, at which clients outside of the host reach the virtual cluster's API. */
    apiPort: port,
    /** Public URL of the virtual cluster's API, through the ingress. */
    apiUrl: `https://${apiHost}${port === HTTPS_PORT ? "" : `:${port}`}`,
    /** DNS name of the virtual cluster's API inside the host cluster. */
    inClusterHost,
    /** URL of the virtual cluster's API inside the host cluster. */
    inClusterUrl: `https://${inClusterHost}:${API_PORT}`,
    /** Ingress of the virtual cluster's API. */
    ingress: `${namespace}-ingress`,
    /** Cluster name in Argo CD, the Secret that registers it, and the context in the kubeconfig. */
    argocdCluster: namespace,
  };
}

/** The Secret in which the chart keeps the configuration, which the control plane reads at its start. */
export function configSecretName(release: string): string {
  return `vc-config-${release}`;
}

/** Claims of all volumes of an environment, those with the objects of the virtual cluster first. */
export function volumeClaims({ release, etcd }: Pick<Names, "release" | "etcd">, replicas: number): string[] {
  const ofSets = replicas > 1 ? [etcd, release] : [release];
  return ofSets.flatMap((set) => Array.from({ length: replicas }, (_, index) => `data-${set}-${index}`));
}

/** Labels of the pods of the chart's StatefulSets. No tenant can give a pod `release`: the syncer renames it. */
export function podLabels({ release }: Pick<Names, "release">) {
  return { controlPlane: { app: "vcluster", release }, etcd: { app: "vcluster-etcd", release } };
}

/**
 * Host name of an object that the syncer copies to the host: `<name>-x-<namespace>-x-<release>`.
 *
 * Above 63 bytes it becomes the first 52, `-`, and ten hexadecimal digits of the SHA-256 of the whole; a dot before a
 * hyphen is dropped then. Source: `SafeConcatName` in vCluster's `pkg/util/translate`.
 */
export function syncedName(name: string, namespace: string, release: string): string {
  if (name === "") return "";
  const full = wholeName(name, namespace, release);
  if (full.length <= LABEL_LENGTH) return full.toString();
  const digest = createHash("sha256").update(full).digest("hex").slice(0, 10);
  return `${full.subarray(0, 52).toString()}-${digest}`.replaceAll(".-", "-");
}

/** Length up to which {@link syncedName} leaves the names of a namespace whole, in bytes; 0 or less where there is none. */
export function longestWholeName(namespace: string, release: string): number {
  return LABEL_LENGTH - wholeName("", namespace, release).length;
}

function wholeName(name: string, namespace: string, release: string): Buffer {
  return Buffer.from([name, "x", namespace, "x", release].join("-"));
}

/** Name of an application in Argo CD, where the applications of all environments are side by side: `backstage-dev`. */
export function applicationName(application: string, environment: string): string {
  return `${application}-${environment}`;
}
