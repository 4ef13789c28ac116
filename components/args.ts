import type { Input } from "@pulumi/pulumi";

import type { Tree } from "./merge";

/** A Kubernetes quantity such as `250m` or `4Gi`; a bare number is taken as it is written. */
export type Quantity = string | number;

/** Amounts of the two resources that the scheduler looks at. */
export interface Resources {
  /** Processor time, in cores. */
  cpu?: Quantity;
  /** Memory, in bytes. */
  memory?: Quantity;
}

/** Where the vCluster chart comes from. */
export interface ChartArgs {
  /** Helm repository (`https://`) or the folder of an OCI registry (`oci://`) that holds the chart `vcluster`. */
  repository?: string;
  /** Exact version of the chart. Also the tag of the control plane's image unless `image.tag` says otherwise. */
  version?: string;
  /**
   * Folder or archive with the chart; taken instead of `repository`. A relative path counts from the folder that Pulumi
   * runs the program in, which is that of the compiled program. @default - the chart comes from `repository`
   */
  path?: string;
}

/** Image of the control plane. */
export interface ImageArgs {
  registry?: string;
  repository?: string;
  /** @default - the version of the chart */
  tag?: string;
}

/** What the control plane pod asks for and may use. */
export interface ControlPlaneArgs {
  requests?: Resources;
  limits?: Resources;
  /** Longest wait for the pod to be ready after an install or a change, in seconds. */
  startTimeoutSeconds?: number;
}

/** Volume with the virtual cluster's objects. */
export interface PersistenceArgs {
  size?: Quantity;
  /** @default - the default class of the host */
  storageClass?: string;
  /** Keeps the volume, and so the namespace that it is in, when the environment is destroyed. @default false */
  retain?: boolean;
}

/**
 * Objects of the host that the virtual cluster gets copies of. A map replaces the default map as a whole.
 *
 * Keys name the source on the host, values the target inside: `ns/*` to `ns/*`, `ns/name` to `ns/name`, `/name` for one
 * object of the environment's own namespace, `""` to a namespace for all of that namespace.
 */
export interface SyncArgs {
  secrets?: Record<string, string>;
  configMaps?: Record<string, string>;
}

/** How the virtual API is reached from outside the host. */
export interface IngressArgs {
  /**
   * What passes TLS through: `nginx` (ingress-nginx and whatever reads its annotations), `traefik` (its own
   * IngressRouteTCP), `haproxy` (HAProxy Technologies' controller, with annotations under `haproxy.org/`), `gateway` (a
   * Gateway, by a TLSRoute) or `none`: somebody else makes the way, and it must be there when `up` looks.
   */
  controller?: string;
  /**
   * Class of that controller, where it reads classes.
   * @default - `nginx` or `haproxy` for these two; for `traefik` none, which its IngressRouteTCP do not need
   */
  className?: string;
  /** The Gateway, for the controller `gateway`. */
  gateway?: GatewayArgs;
}

/** A Gateway with a TLS listener in mode Passthrough that takes routes from the environment's namespace. */
export interface GatewayArgs {
  /** Its name; there is no default. */
  name?: string;
  /** Its namespace; there is no default. */
  namespace?: string;
  /** Listener of the Gateway. @default - every one that takes the host */
  sectionName?: string;
  /** Version of the TLSRoute: `v1` since Gateway API 1.5, `v1alpha2` or `v1alpha3` before. */
  routeVersion?: string;
}

/** Registration with the host's Argo CD. */
export interface ArgocdArgs {
  /** False leaves Argo CD alone. @default true */
  register?: boolean;
  /** Namespace that Argo CD runs in. */
  namespace?: string;
}

/** Check that the API answers through the ingress, with the virtual cluster's own certificate. */
export interface ReadinessArgs {
  /** False goes on without looking. @default true */
  enabled?: boolean;
  /** Longest wait, in seconds. */
  timeoutSeconds?: number;
}

/**
 * One environment: a virtual cluster on a host cluster, and everything that makes it usable.
 * `defaults.ts` holds every default; the keys of the stack configuration are the same.
 */
export interface EnvironmentArgs {
  /** Name that all other names are made of, see `names.ts`. @default - the name of the component */
  environment?: string;
  /** DNS domain under which `<environment>-vcluster.<domain>` leads to the host's ingress controller. */
  domain: string;
  chart?: ChartArgs;
  image?: ImageArgs;
  /** Kubernetes version of the virtual cluster, `v1.34.4`. @default - the one that the chart was made for */
  kubernetesVersion?: string;
  controlPlane?: ControlPlaneArgs;
  persistence?: PersistenceArgs;
  sync?: SyncArgs;
  /** More names for the API's certificate; the in-cluster name and the API host are always in it. @default [] */
  extraSans?: string[];
  ingress?: IngressArgs;
  argocd?: ArgocdArgs;
  readiness?: ReadinessArgs;
  /**
   * Chart values, merged last over those that the other arguments make; `null` deletes one of those.
   * A secret stays a secret. @default {}
   */
  values?: Input<Tree>;
}
