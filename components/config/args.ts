import type { Input } from "@pulumi/pulumi";

import type { JsonObject } from "../../shared/json";

/** A Kubernetes quantity such as `250m` or `4Gi`; a bare number is taken as it is written. */
export type Quantity = string | number;

/** Amounts of the two resources that the scheduler looks at. */
export interface Resources {
  /** Processor time, in cores. @example 500m */
  cpu?: Quantity;
  /** Memory, in bytes. @example 3Gi */
  memory?: Quantity;
}

/** Where the vCluster chart comes from. */
export interface ChartArgs {
  /**
   * Helm repository (`https://`) or the folder of an OCI registry (`oci://`) that holds the chart `vcluster`.
   * @example oci://registry.example.com/charts
   */
  repository?: string;
  /** Exact version of the chart. Also the tag of the image unless `image.tag` says otherwise. @example 0.26.0 */
  version?: string;
  /**
   * Folder or archive with the chart; taken instead of `repository`. A relative path counts from the folder that Pulumi
   * runs the program in, which is that of the compiled program. @default - the chart comes from `repository`
   */
  path?: string;
}

/** Image of the control plane. */
export interface ImageArgs {
  /** Host of the registry, with port and path if need be. @example registry.example.com */
  registry?: string;
  /** Repository in the registry. The default is the open source build, which has none of the paid features. */
  repository?: string;
  /** Tag of the image. @default - the version of the chart */
  tag?: string;
}

/** What the control plane pod asks for and may use. */
export interface ControlPlaneArgs {
  /** What is reserved for it on its node. */
  requests?: Resources;
  /** What it may use at most. */
  limits?: Resources;
  /** Longest wait for the pod to be ready after an install or a change, in seconds. @example 900 */
  startTimeoutSeconds?: number;
  /** A scheduler inside: taints, affinities and priorities are then those of the virtual cluster. Needs the host's nodes. */
  virtualScheduler?: boolean;
  probes?: ProbesArgs;
  /** Labels that a node must have to run the pod. @default - any node @example {kubernetes.io/arch: amd64} */
  nodeSelector?: Record<string, string>;
  /**
   * Taints of nodes that the pod is let onto, as Kubernetes writes them.
   * @default - none but those that Kubernetes adds itself
   * @example [{key: dedicated, operator: Equal, value: control-planes, effect: NoSchedule}]
   */
  tolerations?: Toleration[];
  /**
   * Nodes and neighbours that the pod wants or avoids, as Kubernetes writes it: nodeAffinity, podAffinity and
   * podAntiAffinity.
   * @default - none
   * @example {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}
   */
  affinity?: JsonObject;
  /**
   * Priority class of the host that the pod gets.
   * @default - one of its own: above its workloads, and level with pods of others that name none
   * @example system-cluster-critical
   */
  priorityClass?: string;
  /**
   * A ServiceMonitor, by which a Prometheus Operator of the host scrapes the control plane. The host needs its CRDs; except in
   * the profile `open`, name the namespace of Prometheus in `isolation.ingress`.
   * @default - none is created
   * @example true
   */
  serviceMonitor?: boolean;
}

/** Taints that a pod tolerates, as Kubernetes has it: `core/v1` Toleration. */
export interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal";
  value?: string;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  tolerationSeconds?: number;
}

/** How Kubernetes looks whether the control plane works. */
export interface ProbesArgs {
  /** Restarts a pod that does not answer any more. */
  liveness?: ProbeArgs;
  /** Sends requests only to a pod that answers. */
  readiness?: ProbeArgs;
  /** Leaves a new pod time to start before the other two look. */
  startup?: ProbeArgs;
}

/** One of the probes of the control plane. */
export interface ProbeArgs {
  /** False never looks. */
  enabled?: boolean;
  /** Time between two looks, in seconds. @default - that of the chart: 2; for startup 1 @example 5 */
  periodSeconds?: number;
  /** Longest wait for an answer, in seconds. @default - that of the chart: 3 @example 10 */
  timeoutSeconds?: number;
  /** Failed looks in a row that count. @default - that of the chart: 60; for startup 1800, half an hour @example 100 */
  failureThreshold?: number;
}

/** Volume with the virtual cluster's objects. */
export interface PersistenceArgs {
  /** Size of the volume. @example 10Gi */
  size?: Quantity;
  /** Storage class of the volume. @default - the default class of the host @example fast */
  storageClass?: string;
  /** Access modes of the volume, as Kubernetes writes them. @example [ReadWriteOncePod] */
  accessModes?: string[];
  /** Keeps the volume, and so the namespace that it is in, when the environment is destroyed. @example true */
  retain?: boolean;
  /**
   * Allows one change that deletes the virtual cluster's objects: another name, another volume, another store. Set it
   * for the update that is meant to, and remove it after.
   */
  allowDataLoss?: boolean;
}

/**
 * What goes from the host into the virtual cluster, and from it to the host. A map of Secrets or ConfigMaps replaces the
 * default map as a whole.
 *
 * Their keys name the source on the host, values the target inside: `ns/*` to `ns/*`, `ns/name` to `ns/name`, `/name` for one
 * object of the environment's own namespace, `""` to a namespace for all of that namespace.
 */
export interface SyncArgs {
  /** Secrets of the host that are copied into the virtual cluster. @example {"backstage/*": "backstage/*", "shared/registry": "config/registry"} */
  secrets?: Record<string, string>;
  /** ConfigMaps of the host that are copied into the virtual cluster. @example {"shared-config/*": "config/*"} */
  configMaps?: Record<string, string>;
  fromHost?: FromHostArgs;
  toHost?: ToHostArgs;
}

/** Other objects of the host that the virtual cluster shows as they are. */
export interface FromHostArgs {
  /** Events of the environment's objects on the host. */
  events?: boolean;
  /** The real nodes, without the right to reach into them. Otherwise made-up ones. */
  nodes?: boolean;
  /** Ingress classes, for ingresses inside to name. */
  ingressClasses?: boolean;
  /** Runtime classes, for pods inside to name. */
  runtimeClasses?: boolean;
  /** Priority classes, for pods inside to name. */
  priorityClasses?: boolean;
  /** Storage classes, for claims inside to name. @default - as the virtual scheduler, which chooses nodes by them */
  storageClasses?: boolean;
  /** What a storage driver can attach on each node. @default - as the virtual scheduler, which chooses nodes by them */
  csiNodes?: boolean;
  /** Storage drivers. @default - as the virtual scheduler, which chooses nodes by them */
  csiDrivers?: boolean;
  /** Room that storage drivers have left. @default - as the virtual scheduler, which chooses nodes by them */
  csiStorageCapacities?: boolean;
  /** Classes of volume snapshots. The host needs the CRDs of the snapshot controller. */
  volumeSnapshotClasses?: boolean;
}

/** Objects of the virtual cluster that are made on the host, where they work. */
export interface ToHostArgs {
  /** Pods; without them nothing runs. */
  pods?: boolean;
  /** Secrets that pods and ingresses use. */
  secrets?: boolean;
  /** ConfigMaps that pods use. */
  configMaps?: boolean;
  /** Services. */
  services?: boolean;
  /** Endpoints of services without a selector. */
  endpoints?: boolean;
  /** Claims of volumes. */
  persistentVolumeClaims?: boolean;
  /** Ingresses, for the host's ingress controllers. Their host names are copied as they are. */
  ingresses?: boolean;
  /** Service accounts, where something on the host looks at them, such as Azure Workload Identity. */
  serviceAccounts?: boolean;
  /** Network policies, for the host to enforce. */
  networkPolicies?: boolean;
  /** Budgets that the host heeds when it drains a node. */
  podDisruptionBudgets?: boolean;
  /** Priority classes; the syncer may then write those of the whole host. */
  priorityClasses?: boolean;
  /** Storage classes; the syncer may then write those of the whole host. */
  storageClasses?: boolean;
  /** Volumes; the syncer may then write those of the whole host. */
  persistentVolumes?: boolean;
  /** Volume snapshots. The host needs the CRDs of the snapshot controller. */
  volumeSnapshots?: boolean;
  /** Contents of volume snapshots. As volumeSnapshots, and the syncer may then write the snapshots of the whole host. */
  volumeSnapshotContents?: boolean;
}

/** How the virtual API is reached from outside: by nginx, Traefik, HAProxy, a Gateway, or somebody else's doing. */
export interface IngressArgs {
  /**
   * What passes TLS through: `nginx` (ingress-nginx and whatever reads its annotations), `traefik` (its own
   * IngressRouteTCP), `haproxy` (HAProxy Technologies' controller, with annotations under `haproxy.org/`), `gateway` (a
   * Gateway, by a TLSRoute) or `none`: somebody else makes the way, and it must be there when `up` looks.
   * @example gateway
   */
  controller?: "nginx" | "traefik" | "haproxy" | "gateway" | "none";
  /**
   * Class of that controller, where it reads classes.
   * @default - `nginx` or `haproxy` for these two; for `traefik` none, which its IngressRouteTCP do not need
   */
  className?: string;
  /**
   * The Gateway, for the controller `gateway`. It has a TLS listener in mode Passthrough and takes routes from the
   * environment's namespace.
   */
  gateway?: GatewayArgs;
}

/** A listener of a Gateway, and how a route names it. */
export interface GatewayArgs {
  /** Its name. @default - none: it has to be given @example edge */
  name?: string;
  /** Its namespace. @default - none: it has to be given @example infrastructure */
  namespace?: string;
  /** Listener of the Gateway. @default - every one that takes the host @example passthrough */
  sectionName?: string;
  /** Version of the TLSRoute: `v1` since Gateway API 1.5, `v1alpha2` or `v1alpha3` before. */
  routeVersion?: "v1" | "v1alpha3" | "v1alpha2";
}

/** Registration with the host's Argo CD. */
export interface ArgocdArgs {
  /** False leaves Argo CD alone. */
  register?: boolean;
  /** Namespace that Argo CD runs in. @example argo-cd */
  namespace?: string;
  /**
   * Project of the Application that delivers the virtual cluster, with `delivery: argocd`. It allows the host as
   * destination, the chart's repository as source, and cluster roles.
   * @example platform
   */
  deliveryProject?: string;
  /**
   * Namespaces of the virtual cluster that Argo CD may work in, with all rights there and none elsewhere; they are made
   * where they are missing, and never deleted. @default - the whole cluster, with all rights @example [backstage, nextjs]
   */
  namespaces?: string[];
  /**
   * With `namespaces`: also gives Argo CD the kinds that belong to no namespace, such as Namespaces, ClusterRoles and
   * CustomResourceDefinitions. Write access to these is close to being an administrator. Kinds that appear later, by a
   * CustomResourceDefinition, are added by the next `rotation`. @example true
   */
  clusterResources?: boolean;
  /**
   * Repositories that Applications in the environment's project may come from, as in `sourceRepos` of an AppProject:
   * URLs, patterns such as `https://git.example.com/team/*`, `*` for any; a `!` before one excludes it.
   * @default - those of `applications` alone, which are always allowed
   * @example ["https://git.example.com/platform/*", "https://charts.example.com"]
   */
  sources?: string[];
  /**
   * Any text; another one makes a new token for Argo CD and revokes the old one once Argo CD uses the new one.
   * `make rotate` sets it to the present time. @default - the token of the first `up` stays @example "2026-11-22"
   */
  rotation?: string;
  /**
   * Labels of the cluster in Argo CD, for the cluster generators of ApplicationSets; `environment`, `version` (of
   * vCluster) and `domain` are there by themselves. @example {team: platform}
   */
  labels?: Record<string, string>;
  /** Annotations of the cluster in Argo CD; `domain` is there by itself. @example {owner: platform@example.com} */
  annotations?: Record<string, string>;
  /** Longest wait of `up` for the applications that it waits for, in seconds. @example 900 */
  syncTimeoutSeconds?: number;
  /** Longest wait for Argo CD to delete applications and what they deployed, in seconds. @example 900 */
  deleteTimeoutSeconds?: number;
}

/** An application that Argo CD deploys into the virtual cluster. */
export interface ApplicationArgs {
  /**
   * Git repository, chart repository, or OCI artifact (`oci://`); a chart in a registry has the registry's name without a
   * scheme. `cnoe://` URLs are passed on unchanged, for a tool that replaces them.
   * @default - none: it has to be given
   */
  repository?: string;
  /** Folder with the manifests, a kustomization or a chart. @default - the whole repository, unless there is a `chart` */
  path?: string;
  /** Name of a chart in a chart repository. @default - `repository` is no chart repository */
  chart?: string;
  /**
   * Branch, tag or commit; of a chart its version, of an OCI artifact its tag.
   * @default - `HEAD` for Git; for a chart or an OCI artifact it has to be given
   */
  revision?: string;
  /** Namespace in the virtual cluster. @default - the name of the application */
  namespace?: string;
  /** Values of the chart. They stand in Argo CD's Application in plain: no secrets. */
  values?: JsonObject;
  /** Argo CD's AppProject that it belongs to. @default - the environment's own, which takes it from its repository */
  project?: string;
  sync?: ApplicationSyncArgs;
  /** `up` waits until it is Synced and Healthy. @default - what `sync.automated` is */
  wait?: boolean;
}

/** When Argo CD brings the virtual cluster to what the repository says. */
export interface ApplicationSyncArgs {
  /** At every difference between the repository and what was deployed. */
  automated?: boolean;
  /** Deletes what the repository has no more. Of automated syncs only. */
  prune?: boolean;
  /** Undoes changes of what is deployed. Of automated syncs only. */
  selfHeal?: boolean;
  /**
   * Argo CD's sync options; they replace the default as a whole. With `argocd.namespaces` and without
   * `argocd.clusterResources`, Argo CD may make no namespace, and there is none by default.
   */
  options?: string[];
}

/** Check that the API answers through the ingress, with the virtual cluster's own certificate. */
export interface ReadinessArgs {
  /** False goes on without looking. */
  enabled?: boolean;
  /** Longest wait, in seconds. @example 600 */
  timeoutSeconds?: number;
}

/** What others may do to the environment and it to others: bounds on its host namespace. */
export interface IsolationArgs {
  /**
   * `default`: closed network, quota, and the Pod Security Standard `baseline` on the host and inside. `hardened`: the
   * same with `restricted`. `open`: none of these, for a host that sees to them itself.
   * @example hardened
   */
  profile?: "default" | "hardened" | "open";
  /**
   * Most that the environment may use, by the names of a ResourceQuota; laid over the default key by key. Pods, CPU and
   * memory are counted without the control plane, all else with it.
   * @example {pods: 100, limits.cpu: 40, count/jobs.batch: 20}
   */
  quota?: Record<string, Quantity>;
  /** What a container that sets no limits may use; laid over the default key by key. @example {memory: 1Gi} */
  containerLimits?: Record<string, Quantity>;
  /** What is reserved for a container that requests nothing; laid over the default key by key. @example {cpu: 50m} */
  containerRequests?: Record<string, Quantity>;
  /** Namespace of the ingress controller, which may reach all pods. @example traefik */
  ingressNamespace?: string;
  /**
   * Where pods may connect to besides each other, their API and DNS. A range of addresses leaves out private and
   * link-local ranges in it, unless it is one of these.
   * @example [{cidr: 0.0.0.0/0, ports: [443, 53/udp]}, {namespace: databases, ports: [5432]}]
   */
  egress?: NetworkPeerArgs[];
  /**
   * Who may connect to pods besides each other and the ingress controller.
   * @example [{namespace: monitoring, ports: [9090, 8000-8100]}]
   */
  ingress?: NetworkPeerArgs[];
  /**
   * Hosts that the environment's own Ingresses may have besides those below its API host, or `*.` and a domain for all
   * hosts below that. Hosts of other environments are refused whatever stands here.
   * @example [shop.example.com, "*.dev.example.com"]
   */
  ingressHosts?: string[];
  /**
   * Addresses of the host's API, which the control plane needs and workloads do not get.
   * @default - those of the EndpointSlice `kubernetes` in the host's namespace `default`, read at every run
   * @example [{cidr: 192.0.2.10/32, ports: [6443]}]
   */
  hostApi?: AddressRangeArgs[];
}

/** A range of addresses, and ports there. */
export interface AddressRangeArgs {
  /** Range of addresses. @default - none @example 203.0.113.0/24 */
  cidr?: string;
  /** Ports, such as `443`, `8000-8100` or `53/udp`; TCP where no protocol is named. @default - all @example [443] */
  ports?: (string | number)[];
}

/** One other side of connections that a network policy allows: a range of addresses, or a namespace of the host. */
export interface NetworkPeerArgs extends AddressRangeArgs {
  /** Namespace on the host. @default - none @example monitoring */
  namespace?: string;
}

/**
 * One environment: a virtual cluster on a host cluster, and everything that makes it usable.
 *
 * `defaults.ts` holds every default that is a value; a tag here says those that are behaviour. The keys of the stack
 * configuration are the same, and `npm run docs` makes their documentation of these comments.
 */
export interface EnvironmentArgs {
  /** Name that all other names are made of. @default - the name of the stack, or of the component @example pr-123 */
  environment?: string;
  /**
   * DNS domain under which `<environment>-vcluster.<domain>` leads to the ingress controller.
   * @default - `cnoe.localtest.me` for a stack, by Pulumi.yaml; the component has none
   * @example k8s.example.com
   */
  domain: string;
  /**
   * What brings the virtual cluster to the host: `helm` (a release, by Pulumi itself) or `argocd` (an Application with
   * sync wave 10, by the host's Argo CD, 2.14 or later).
   * @example argocd
   */
  delivery?: "helm" | "argocd";
  chart?: ChartArgs;
  image?: ImageArgs;
  /**
   * Kubernetes version of the virtual cluster, a tag of the image `loft-sh/kubernetes`.
   * @default - the one that the chart was made for
   * @example v1.34.4
   */
  kubernetesVersion?: string;
  controlPlane?: ControlPlaneArgs;
  persistence?: PersistenceArgs;
  sync?: SyncArgs;
  /**
   * More names for the API's certificate; the in-cluster name and the API host are always in it.
   * @example [api.example.com, "*.internal.example.com", 10.0.0.7]
   */
  extraSans?: string[];
  ingress?: IngressArgs;
  argocd?: ArgocdArgs;
  /**
   * Applications that Argo CD deploys into the environment, by name; Argo CD knows them as `<name>-<environment>`, and the
   * preview says where the host shortens that for the objects inside. They exist from the time that the environment works
   * until it goes: destroying it deletes them first.
   * @example {
   *   backstage: {repository: "https://charts.example.com", chart: backstage, revision: 0.1.0,
   *     values: {command: [sleep, infinity]}},
   *   nextjs: {repository: "https://git.example.com/nextjs.git", path: deploy, revision: main}}
   */
  applications?: Record<string, ApplicationArgs>;
  readiness?: ReadinessArgs;
  isolation?: IsolationArgs;
  /**
   * Labels for what the environment consists of on the host: its namespace, the control plane's StatefulSet, pod and
   * Service, and the route to the API.
   * @example {team: platform, app.kubernetes.io/part-of: shop}
   */
  labels?: Record<string, string>;
  /** Annotations for the same objects. @example {example.org/owner: platform@example.org} */
  annotations?: Record<string, string>;
  /**
   * Chart values, merged last over those that the other keys make; `null` deletes one of those. A secret stays a secret.
   * They are checked by the chart's own schema where the chart is on this machine: by `chart.path`, or in Helm's cache, which
   * has it from the first preview on.
   * @example {controlPlane: {statefulSet: {labels: {team: platform}}}}
   */
  values?: Input<JsonObject>;
}
