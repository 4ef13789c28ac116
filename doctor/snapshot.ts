import type { Settings } from "../components/config/defaults";
import type { ApiCode } from "../components/jobs/api-readiness";
import type { Names } from "../components/names";
import type { Validity } from "../components/vcluster/certificate-expiry";
import type { HostState } from "../preflight/host-state";
import type { KubeObject } from "./objects";

/** Which environment is looked at, and what it should be. */
export interface Subject {
  readonly names: Names;
  /** Configuration of its stack; undefined for an environment of which only namespace and release are known. */
  readonly expected?: Settings | undefined;
  /** Name of its stack, for commands; undefined where no stack is known. */
  readonly stack?: string | undefined;
}

/**
 * Everything that the rows look at, as plain objects, read once. It holds Secrets: rows give names and states of objects, never
 * their data.
 */
export interface Snapshot extends Subject {
  readonly now: Date;
  /** What was read; a part is missing where it could not be, or where it needs one that is missing. */
  readonly read: Partial<Parts>;
  /** Why parts are missing. */
  readonly unread: Readonly<Partial<Record<keyof Parts, Unread>>>;
}

/** Why a part was not read: it is not there, the host denies it, or an attempt failed. */
export interface Unread {
  readonly why: "absent" | "denied" | "failed";
  readonly reason: string;
}

export interface Parts extends HostParts, ProbeParts, InsideParts, BeforeParts {}

/** Objects of the host. Lists of a kind that the host does not have are empty. */
export interface HostParts {
  /** Whether the host answers at all. */
  readonly connection: { readonly problem?: string };
  /** `gitVersion` of the host. */
  readonly version: string;
  readonly nodes: readonly KubeObject[];
  /** Workloads of the host's DNS server. */
  readonly dns: readonly KubeObject[];
  /** The environment's namespace; an empty list where it is missing. */
  readonly namespace: readonly KubeObject[];
  /** What preflight reads before each update; what could not be read of it is missing among the next parts. */
  readonly state: HostState;
  readonly statefulSet: true;
  readonly values: true;
  readonly release: true;
  readonly registration: true;
  /** Other Secrets that register a cluster with the environment's name in Argo CD. */
  readonly namesakes: readonly string[];
  readonly certificatesSecret: true;
  readonly hostnames: true;
  readonly pods: readonly KubeObject[];
  readonly events: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly endpoints: readonly KubeObject[];
  readonly volumeClaims: readonly KubeObject[];
  readonly quotas: readonly KubeObject[];
  readonly limitRanges: readonly KubeObject[];
  readonly networkPolicies: readonly KubeObject[];
  /** Ingresses, IngressRouteTCPs and TLSRoutes in the namespace, with their kinds. */
  readonly routes: readonly KubeObject[];
  readonly ingressClasses: readonly KubeObject[];
  readonly storageClasses: readonly KubeObject[];
  readonly priorityClasses: readonly KubeObject[];
  readonly admissionPolicies: readonly KubeObject[];
  readonly admissionBindings: readonly KubeObject[];
  /** Workloads in the namespace of the ingress controller, with their kinds. */
  readonly ingressWorkloads: readonly KubeObject[];
  /** Addresses of the host's API, as network policies see them. */
  readonly hostApi: readonly KubeObject[];
  /** Workloads of Argo CD, with their kinds. */
  readonly argocdWorkloads: readonly KubeObject[];
  readonly projects: readonly KubeObject[];
  /** Applications with this environment as destination, and the one that delivers it. */
  readonly applications: readonly KubeObject[];
  /** Certificates in the control plane's Secret. */
  readonly certificates: { readonly validities: readonly Validity[]; readonly authority: string };
  /** Namespaces that mappings read from. */
  readonly sources: readonly Source[];
  /** What the syncer may not do of what it needs, as Kubernetes answers. */
  readonly syncerRights: readonly MissingRight[];
  /** Use of the control plane's volume. */
  readonly volumeUse: { readonly used: number; readonly capacity: number };
}

export interface Source {
  readonly name: string;
  readonly exists: boolean;
  /** Secrets and ConfigMaps in it: metadata only. */
  readonly secrets: readonly KubeObject[];
  readonly configMaps: readonly KubeObject[];
}

export interface MissingRight {
  /** Namespace; empty for the whole host. */
  readonly namespace: string;
  /** Such as `list secrets`. */
  readonly right: string;
}

/** What is tried. */
export interface ProbeParts {
  /** First failure of the readiness check of `up`, with Argo CD's token where it has one. */
  readonly api: { readonly failure?: { readonly code: ApiCode; readonly message: string } };
  /** Certificate that the API serves through the ingress. */
  readonly served: Validity;
  /** Kubernetes version of the virtual cluster, asked through the host's API server instead of the ingress. */
  readonly podApi: { readonly version?: string; readonly problem?: string };
}

/** Objects of the virtual cluster, with its administrator's certificate. */
export interface InsideParts {
  /** Why the administrator is not accepted, where that is so. */
  readonly administrator: { readonly rejected?: string };
  readonly insideNodes: readonly KubeObject[];
  readonly insideDns: readonly KubeObject[];
  readonly insideDnsDeployments: readonly KubeObject[];
  readonly insideIngressClasses: readonly KubeObject[];
  /** Pods that have no node, or are not started. */
  readonly pendingPods: readonly KubeObject[];
  /** What the host refused of objects that are still there and have no copy on the host. */
  readonly refused: readonly Refused[];
  /** Names of Secrets and ConfigMaps in the namespaces that mappings write to: `config/app`. */
  readonly copies: { readonly secrets: ReadonlySet<string>; readonly configMaps: ReadonlySet<string> };
}

/** What is looked at before there is an environment. */
export interface BeforeParts {
  /** What the caller may not do on the host of what an update does. */
  readonly ownRights: readonly MissingRight[];
  /** What a route of a namespace that is made for it, and removed, led to. */
  readonly passthrough: { readonly problem?: string };
}

export interface Refused {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly message: string;
}
