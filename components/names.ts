import { createHash } from "node:crypto";

/** Everything that is called something, for one environment. No other module builds a name. */
export interface Names {
  /** Host namespace of the virtual cluster, deleted with it. */
  readonly namespace: string;
  /** Helm release; also the Service of the virtual API and the suffix of every synced object. */
  readonly release: string;
  /** Pod of the control plane. */
  readonly pod: string;
  /** Claim of the control plane's volume. */
  readonly volumeClaim: string;
  /** Service account that the syncer uses on the host. */
  readonly syncer: string;
  /** Secret in which the control plane keeps its certificates and its administrator's kubeconfig. */
  readonly certificates: string;
  /** Check of what the syncer makes, and its binding; one for the whole host has that name. */
  readonly admissionPolicy: string;
  /** Priority class of the control plane. */
  readonly priorityClass: string;
  /** Priority class of everything that runs in the virtual cluster. */
  readonly workloadPriorityClass: string;
  /** Public DNS name of the virtual API. */
  readonly apiHost: string;
  /** Public URL of the virtual API, through the ingress. */
  readonly apiUrl: string;
  /** DNS name of the virtual API inside the host cluster. */
  readonly inClusterHost: string;
  /** URL of the virtual API inside the host cluster. */
  readonly inClusterUrl: string;
  /** Ingress of the virtual API. */
  readonly ingress: string;
  /** Cluster name in Argo CD, the Secret that registers it, and the context in the kubeconfig. */
  readonly argocdCluster: string;
}

/** Port of the virtual API, on its Service and at the ingress. */
export const API_PORT = 443;

/** Argo CD's service account inside the virtual cluster, and the namespace it lives in. */
export const ARGOCD_ACCOUNT = { name: "argocd-manager", namespace: "kube-system" } as const;

/** Regular expression of the part of an API host before the domain, for every environment. */
export const API_HOST_LABEL = "[^.]+-vcluster";

/** Longest name of an object that the syncer makes on the host. */
const SYNCED_NAME_LENGTH = 63;

/** Longest name of an environment, see {@link environmentNames}. */
export const ENVIRONMENT_NAME_LENGTH = 38;

/**
 * Names of the environment `environment` under `domain`.
 *
 * The environment's own name is limited to {@link ENVIRONMENT_NAME_LENGTH} characters, so that the release has at most
 * 52: the StatefulSet controller labels pods with `<release>-<10 characters>`, and a label has at most 63.
 */
export function environmentNames(environment: string, domain: string): Names {
  const namespace = `${environment}-vcluster`;
  const release = `vcluster-${environment}-helm`;
  const apiHost = `${namespace}.${domain}`;
  const inClusterHost = `${release}.${namespace}.svc`;
  return {
    namespace,
    release,
    pod: `${release}-0`,
    volumeClaim: `data-${release}-0`,
    syncer: `vc-${release}`,
    certificates: `${release}-certs`,
    admissionPolicy: `${namespace}-synced-objects`,
    priorityClass: release,
    workloadPriorityClass: `${release}-workloads`,
    apiHost,
    apiUrl: `https://${apiHost}`,
    inClusterHost,
    inClusterUrl: `https://${inClusterHost}:${API_PORT}`,
    ingress: `${namespace}-ingress`,
    argocdCluster: namespace,
  };
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
  if (full.length <= SYNCED_NAME_LENGTH) return full.toString();
  const digest = createHash("sha256").update(full).digest("hex").slice(0, 10);
  return `${full.subarray(0, 52).toString()}-${digest}`.replaceAll(".-", "-");
}

/** Length up to which {@link syncedName} leaves the names of a namespace whole, in bytes; 0 or less where there is none. */
export function longestWholeName(namespace: string, release: string): number {
  return SYNCED_NAME_LENGTH - wholeName("", namespace, release).length;
}

function wholeName(name: string, namespace: string, release: string): Buffer {
  return Buffer.from([name, "x", namespace, "x", release].join("-"));
}

/** Name of an application in Argo CD, where the applications of all environments are side by side: `backstage-dev`. */
export function applicationName(application: string, environment: string): string {
  return `${application}-${environment}`;
}
