import type { Input } from "@pulumi/pulumi";

import type { JsonObject } from "../../shared/json";

/** A Kubernetes quantity such as `250m` or `4Gi`, or a plain number. */
export type Quantity = string | number;

/** A quantity, or null for none where the default has one. */
export type Bound = Quantity | null;

/** Amounts of the compute resources that the scheduler considers. */
export interface Resources {
  /** CPU, in cores. @example 500m */
  cpu?: Quantity;
  /** Memory, in bytes. @example 3Gi */
  memory?: Quantity;
}

/** Source of the vCluster chart. */
export interface ChartArgs {
  /**
   * Helm repository (`https://`), or path in an OCI registry (`oci://`), that contains the chart `vcluster`.
   * @example oci://registry.example.com/charts
   */
  repository?: string;
  /**
   * Exact version of the chart, and by default the tag of the image; with `path`, the version that the chart there has.
   * @example 0.26.0
   */
  version?: string;
  /**
   * Directory or archive of the chart, used instead of `repository`. Relative paths start at the directory that Pulumi runs
   * the program in, which is that of the compiled program. @default - the chart comes from `repository`
   */
  path?: string;
}

/** Image of the control plane. */
export interface ImageArgs {
  /** Registry host, optionally with port and path. @example registry.example.com */
  registry?: string;
  /** Repository in the registry. The default is the open source build, without Pro features. */
  repository?: string;
  /** Tag of the image. @default - the version of the chart */
  tag?: string;
}

/** Replicas, resources, probes and scheduling of the control plane. */
export interface ControlPlaneArgs {
  /**
   * Pods of the control plane: 1 with SQLite, or 3 or 5 with as many members of etcd, which share its placement, priority and
   * `persistence`. @example 3
   */
  replicas?: number;
  /** Resource requests. */
  requests?: Resources;
  /** Resource limits. */
  limits?: Resources;
  /** Timeout for the pod to become ready after an install or a change, in seconds. @example 900 */
  startTimeoutSeconds?: number;
  /** Scheduler in the virtual cluster, which uses its own taints, affinities and priorities. Requires `sync.fromHost.nodes`. */
  virtualScheduler?: boolean;
  probes?: ProbesArgs;
  /** Labels of nodes that may run the pods. @default - any node @example {kubernetes.io/arch: amd64} */
  nodeSelector?: Record<string, string>;
  /**
   * Tolerations of the pods, in Kubernetes syntax.
   * @default - only those that Kubernetes adds
   * @example [{key: dedicated, operator: Equal, value: control-planes, effect: NoSchedule}]
   */
  tolerations?: Toleration[];
  /**
   * Affinity of the pods, in Kubernetes syntax: nodeAffinity, podAffinity and podAntiAffinity.
   * @default - none; replicas prefer different zones and nodes in any case
   * @example {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}
   */
  affinity?: JsonObject;
  /**
   * PriorityClass of the pods, on the host.
   * @default - a PriorityClass of the environment: above its workloads, equal to pods without a class
   * @example system-cluster-critical
   */
  priorityClass?: string;
  /**
   * Creates a ServiceMonitor, so that a Prometheus Operator on the host scrapes the control plane. Requires its CRDs, and in
   * all profiles but `open` the namespace of Prometheus in `isolation.ingress`.
   * @default - none is created
   * @example true
   */
  serviceMonitor?: boolean;
}

/** A toleration: `core/v1` Toleration of Kubernetes. */
export interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal";
  value?: string;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  tolerationSeconds?: number;
}

/** Probes of the control plane. */
export interface ProbesArgs {
  /** Restarts a pod that no longer responds. */
  liveness?: ProbeArgs;
  /** Sends traffic only to a pod that responds. */
  readiness?: ProbeArgs;
  /** Delays the other two until the pod has started. */
  startup?: ProbeArgs;
}

/** One of the probes of the control plane. */
export interface ProbeArgs {
  /** False disables the probe. */
  enabled?: boolean;
  /** Seconds between two probes. @default - the chart's: 2; for startup 1 @example 5 */
  periodSeconds?: number;
  /** Timeout in seconds. @default - the chart's: 3 @example 10 */
  timeoutSeconds?: number;
  /** Consecutive failures after which the probe has failed. @default - the chart's: 60; for startup 1800, half an hour @example 100 */
  failureThreshold?: number;
}

/** Volume with the virtual cluster's objects, and those of all replicas and of etcd with `controlPlane.replicas`. */
export interface PersistenceArgs {
  /**
   * Size of the volume. A larger one grows in place, without a restart, where the StorageClass allows it
   * (`allowVolumeExpansion`); all other changes recreate the volume.
   * @example 10Gi
   */
  size?: Quantity;
  /** StorageClass of the volume. @default - the host's default StorageClass @example fast */
  storageClass?: string;
  /** Access modes of the volume. @example [ReadWriteOncePod] */
  accessModes?: string[];
  /**
   * Retains the volume, and therefore its namespace, when the environment is destroyed. No stack owns them then: to use them
   * again, the next one has to adopt the namespace, by the command in its message. @example true
   */
  retain?: boolean;
  /**
   * Allows changes that delete the virtual cluster's objects: of the name, the volume, the replicas or the backing store. Set it
   * for one update only.
   */
  allowDataLoss?: boolean;
}

/**
 * Objects that are synced between the host and the virtual cluster. A map of Secrets or ConfigMaps replaces the default
 * map as a whole.
 *
 * The keys of these maps are sources on the host, the values targets in the virtual cluster: `ns/*: ns/*` for a namespace,
 * `ns/name: ns/name` for an object, `/name: ns/name` for an object in the environment's own namespace, and `"": ns` for all
 * objects in the environment's own namespace.
 */
export interface SyncArgs {
  /** Secrets that are synced from the host. @example {"backstage/*": "backstage/*", "shared/registry": "config/registry"} */
  secrets?: Record<string, string>;
  /** ConfigMaps that are synced from the host. @example {"shared-config/*": "config/*"} */
  configMaps?: Record<string, string>;
  /**
   * Labels of the host's nodes that the environment sees and runs its pods on, whatever their `nodeName` and tolerations are.
   * Requires `fromHost.nodes`.
   * @default - all nodes
   * @example {node-pool: tenants}
   */
  nodeSelector?: Record<string, string>;
  fromHost?: FromHostArgs;
  toHost?: ToHostArgs;
}

/** Other kinds that are synced from the host, read-only. */
export interface FromHostArgs {
  /** Events of synced objects. */
  events?: boolean;
  /** The host's nodes, without access to their kubelets. If false, the virtual cluster has fake nodes. */
  nodes?: boolean;
  /** IngressClasses, which Ingresses in the virtual cluster can use. */
  ingressClasses?: boolean;
  /** RuntimeClasses, which pods in the virtual cluster can use. */
  runtimeClasses?: boolean;
  /** PriorityClasses, which pods in the virtual cluster can use. */
  priorityClasses?: boolean;
  /** StorageClasses, which claims in the virtual cluster can use. @default - as `controlPlane.virtualScheduler`, which needs them */
  storageClasses?: boolean;
  /** CSINodes. @default - as `controlPlane.virtualScheduler`, which needs them */
  csiNodes?: boolean;
  /** CSIDrivers. @default - as `controlPlane.virtualScheduler`, which needs them */
  csiDrivers?: boolean;
  /** CSIStorageCapacities. @default - as `controlPlane.virtualScheduler`, which needs them */
  csiStorageCapacities?: boolean;
  /** VolumeSnapshotClasses, with charts before 0.36. Requires the CRDs of the snapshot controller on the host. */
  volumeSnapshotClasses?: boolean;
}

/** Kinds that are synced from the virtual cluster to the host. */
export interface ToHostArgs {
  /** Pods. If false, pods never run. */
  pods?: boolean;
  /** Secrets used by pods and Ingresses. */
  secrets?: boolean;
  /** ConfigMaps used by pods. */
  configMaps?: boolean;
  /** Services. */
  services?: boolean;
  /** Endpoints of Services without a selector, and their EndpointSlices where the chart copies them (0.30 and newer). */
  endpoints?: boolean;
  /** PersistentVolumeClaims. */
  persistentVolumeClaims?: boolean;
  /** Ingresses, for the host's ingress controllers, with unchanged host names. */
  ingresses?: boolean;
  /** ServiceAccounts, for host components that read them, such as Azure Workload Identity. */
  serviceAccounts?: boolean;
  /** NetworkPolicies, enforced by the host. */
  networkPolicies?: boolean;
  /** PodDisruptionBudgets, respected when the host drains a node. */
  podDisruptionBudgets?: boolean;
  /** PriorityClasses. Lets the syncer write all PriorityClasses of the host. */
  priorityClasses?: boolean;
  /** StorageClasses. Lets the syncer write all StorageClasses of the host. */
  storageClasses?: boolean;
  /** PersistentVolumes. Lets the syncer write all PersistentVolumes of the host. */
  persistentVolumes?: boolean;
  /** VolumeSnapshots, with charts before 0.36. Requires the CRDs of the snapshot controller on the host. */
  volumeSnapshots?: boolean;
  /** VolumeSnapshotContents, as `volumeSnapshots`. Lets the syncer write all VolumeSnapshotContents of the host. */
  volumeSnapshotContents?: boolean;
}

/** How clients outside of the host reach the virtual cluster's API server: nginx, Traefik, HAProxy, a Gateway, or a route of your own. */
export interface IngressArgs {
  /**
   * Controller that passes TLS through: `nginx` (ingress-nginx, and controllers that support its annotations), `traefik` (with
   * an IngressRouteTCP), `haproxy` (HAProxy Technologies' controller, with annotations under `haproxy.org/`), `gateway` (with
   * a TLSRoute) or `none`: you create the route, and it must exist before the readiness check.
   * @example gateway
   */
  controller?: "nginx" | "traefik" | "haproxy" | "gateway" | "none";
  /**
   * Class of the controller, for controllers with classes.
   * @default - `nginx` or `haproxy` for these two; none for `traefik`, whose IngressRouteTCP do not need one
   */
  className?: string;
  /** Port at which clients outside of the host reach the controller, in the kubeconfig and in all checks. @example 8443 */
  port?: number;
  /**
   * The Gateway, for the controller `gateway`. It needs a TLS listener in mode Passthrough that allows routes from the
   * environment's namespace.
   */
  gateway?: GatewayArgs;
}

/** Reference to a Gateway and its listener. */
export interface GatewayArgs {
  /** Name of the Gateway. @default - none, required @example edge */
  name?: string;
  /** Namespace of the Gateway. @default - none, required @example infrastructure */
  namespace?: string;
  /** Listener of the Gateway. @default - all that match the host @example passthrough */
  sectionName?: string;
  /** Version of the TLSRoute: `v1` since Gateway API 1.5, `v1alpha2` or `v1alpha3` before. */
  routeVersion?: "v1" | "v1alpha3" | "v1alpha2";
}

/** Registration with the host's Argo CD. */
export interface ArgocdArgs {
  /** False skips the registration. */
  register?: boolean;
  /** Namespace of Argo CD. @example argo-cd */
  namespace?: string;
  /**
   * AppProject of the Application that deploys the virtual cluster, with `delivery: argocd`. It must allow the host as
   * destination, the chart's repository as source, and ClusterRoles.
   * @example platform
   */
  deliveryProject?: string;
  /**
   * Namespaces of the virtual cluster that Argo CD may manage, with all rights there and none elsewhere. Missing ones are
   * created; none is ever deleted. @default - all, with cluster-admin rights @example [backstage, nextjs]
   */
  namespaces?: string[];
  /**
   * With `namespaces`: also grants Argo CD access to cluster-scoped kinds such as Namespaces, ClusterRoles and
   * CustomResourceDefinitions, which is close to cluster-admin. Kinds of CustomResourceDefinitions that are created later
   * are added at the next `rotation`. @example true
   */
  clusterResources?: boolean;
  /**
   * Repositories that the environment's AppProject allows, as in its `sourceRepos`: URLs, patterns such as
   * `https://git.example.com/team/*`, `*` for any; a leading `!` excludes.
   * @default - only those of `applications`, which are always allowed
   * @example ["https://git.example.com/platform/*", "https://charts.example.com"]
   */
  sources?: string[];
  /**
   * Any string. A new value creates a new token for Argo CD, and revokes the old one once Argo CD uses the new one.
   * `make rotate` sets it to the current time. @default - the first token is kept @example "2026-11-22"
   */
  rotation?: string;
  /**
   * Labels of the cluster in Argo CD, for cluster generators of ApplicationSets; `environment`, `version` (of vCluster) and
   * `domain` are added automatically. @example {team: platform}
   */
  labels?: Record<string, string>;
  /**
   * Class of the cluster, for ApplicationSets of CNOE's stacks: adds the labels `vcluster.cnoe.io/clusterClass` with this
   * value and `vcluster.cnoe.io/clusterName` with the name of the environment.
   * @default - neither label @example app-runtime
   */
  clusterClass?: string;
  /** Annotations of the cluster in Argo CD; `domain` is added automatically. @example {owner: platform@example.com} */
  annotations?: Record<string, string>;
  /** Timeout for applications with `wait` to become healthy, in seconds. @example 900 */
  syncTimeoutSeconds?: number;
  /** Timeout for Argo CD to delete applications and their resources, in seconds. @example 900 */
  deleteTimeoutSeconds?: number;
}

/** An application that Argo CD deploys into the virtual cluster. */
export interface ApplicationArgs {
  /**
   * Git repository, Helm repository, or OCI artifact (`oci://`); for charts in an OCI registry, its name without a scheme.
   * `cnoe://` URLs are passed on unchanged, for tools that replace them.
   * @default - none, required
   */
  repository?: string;
  /** Directory of the manifests, kustomization or chart. @default - the root of the repository, unless `chart` is set */
  path?: string;
  /** Chart in a Helm repository. @default - `repository` is not a Helm repository */
  chart?: string;
  /**
   * Branch, tag or commit; the version of a chart, or the tag of an OCI artifact.
   * @default - `HEAD` for Git; required for charts and OCI artifacts
   */
  revision?: string;
  /** Namespace in the virtual cluster. @default - the name of the application */
  namespace?: string;
  /** Values of the chart. They are plain text in Argo CD's Application, so they must not contain secrets. */
  values?: JsonObject;
  /** AppProject of the application. @default - the environment's own, which allows its repository */
  project?: string;
  sync?: ApplicationSyncArgs;
  /** `up` waits until the application is Synced and Healthy. @default - the value of `sync.automated` */
  wait?: boolean;
}

/** Sync policy of the Application. */
export interface ApplicationSyncArgs {
  /** Syncs whenever repository and cluster differ. */
  automated?: boolean;
  /** Deletes resources that are no longer in the repository. Automated syncs only. */
  prune?: boolean;
  /** Reverts manual changes in the cluster. Automated syncs only. */
  selfHeal?: boolean;
  /**
   * Sync options, which replace the default list as a whole. With `argocd.namespaces` and without
   * `argocd.clusterResources`, Argo CD cannot create namespaces, so the default list is empty.
   */
  options?: string[];
}

/** Check that the API responds through the ingress with the virtual cluster's own certificate. */
export interface ReadinessArgs {
  /** False skips the check. */
  enabled?: boolean;
  /** Timeout, in seconds. @example 600 */
  timeoutSeconds?: number;
}

/** Isolation of the environment's namespace on the host: network, quota and Pod Security Standard. */
export interface IsolationArgs {
  /**
   * `default`: isolated network, quota, and the Pod Security Standard `baseline` on the host and in the virtual cluster.
   * `hardened`: the same with `restricted`. `open`: none of these, for a host with policies of its own.
   * @example hardened
   */
  profile?: "default" | "hardened" | "open";
  /**
   * Limits of the ResourceQuota, merged with the default key by key; null removes one. Pods, CPU and memory do not include
   * the control plane; all others do. `services.nodeports` is ten for each of `services.loadbalancers`, unless it is given.
   * @example {pods: 100, limits.cpu: 40, limits.memory: null, count/jobs.batch: 20}
   */
  quota?: Record<string, Bound>;
  /**
   * Default limits of containers, merged with the default key by key; null removes one. There is one only of what the quota
   * limits: 500m of `cpu` with `limits.cpu`, none of `memory` without `limits.memory`.
   * @example {memory: 1Gi}
   */
  containerLimits?: Record<string, Bound>;
  /** Default requests of containers, merged with the default key by key; null removes one. @example {cpu: 50m} */
  containerRequests?: Record<string, Bound>;
  /** Namespace of the ingress controller, which may connect to all pods. @example traefik */
  ingressNamespace?: string;
  /**
   * Peers that pods may connect to besides each other, their API and DNS. A CIDR excludes private and link-local ranges,
   * unless it lies in one of these.
   * @example [{cidr: 0.0.0.0/0, ports: [443, 53/udp]}, {namespace: databases, ports: [5432]}]
   */
  egress?: NetworkPeerArgs[];
  /**
   * Peers that may connect to pods besides each other and the ingress controller.
   * @example [{namespace: monitoring, ports: [9090, 8000-8100]}]
   */
  ingress?: NetworkPeerArgs[];
  /**
   * Hosts that Ingresses of the environment may use besides subdomains of its API host and
   * `<application>-<environment>.<domain>`, or `*.` and a domain for all its subdomains. Hosts of other environments are
   * always refused.
   * @example [shop.example.com, "*.dev.example.com"]
   */
  ingressHosts?: string[];
  /** What the environment may make on its host besides what every environment may. */
  allow?: AllowArgs;
  /** Most that a single object of the environment may have on the host. */
  objectLimits?: ObjectLimitsArgs;
  /**
   * Addresses of the host's API server, to which only the control plane may connect.
   * @default - those of the EndpointSlice `kubernetes` in the host's namespace `default`, read at every run
   * @example [{cidr: 192.0.2.10/32, ports: [6443]}]
   */
  hostApi?: AddressRangeArgs[];
}

/**
 * What the check of synced objects lets the environment make on its host besides what is harmless on every host. Each entry
 * says what it lets in.
 */
export interface AllowArgs {
  /**
   * Further kinds that the syncer may make and change, as `kubectl` writes them, for integrations that have their own. Their
   * contents are not checked. @example [certificates.cert-manager.io]
   */
  kinds?: string[];
  /**
   * Further kinds of volumes, by their keys in a pod. Those of networks and clouds are mounted by the node, past every network
   * policy. @example [nfs, csi]
   */
  volumes?: string[];
  /** CSI drivers that pods may name for inline volumes, and no others. @example [secrets-store.csi.k8s.io] */
  csiDrivers?: string[];
  /**
   * Further keys of annotations on what is synced, `example.org/*` for all of a domain, or `*` for all without one; of pods, those
   * with a dot have to be named in whole, because container runtimes read some of them. What reads them on the host does for
   * a tenant what they ask for. @example [external-dns.alpha.kubernetes.io/ttl, sidecar.istio.io/*]
   */
  annotations?: string[];
  /**
   * Further keys of labels, in the same way: what selects by them on the host takes in what a tenant made.
   * @example [grafana_dashboard, istio.io/*]
   */
  labels?: string[];
  /** Further priority classes of pods; pods of a higher class displace those of others. @example [batch-low] */
  priorityClasses?: string[];
  /** Runtime classes of pods. @default - none, or all where `sync.fromHost.runtimeClasses` copies them @example [gvisor] */
  runtimeClasses?: string[];
  /**
   * Further classes of Ingresses, each another controller that the environment's hosts may be served by.
   * @default - `ingress.className` alone; any class for the controllers `gateway` and `none`
   * @example [internal]
   */
  ingressClasses?: string[];
  /** Ingresses with certificates of their own. Traefik serves such a certificate for every host that it names. @example false */
  ingressTls?: boolean;
  /**
   * Storage classes of claims, and no others; any class provisions by its own driver. `""` stands for claims without a class, and
   * adds them to all classes where it is the only entry. Kubernetes binds these to any free volume of the host that has no class
   * either, and claims of a class without a provisioner to any of that class, so list the others where there is one. @default - all, but not `""` @example [standard, fast]
   */
  storageClasses?: string[];
  /** Further types of Secrets; controllers of the host that look for a type use what a tenant made. @example [istio.io/key-and-cert] */
  secretTypes?: string[];
  /**
   * Names outside that Services of the type ExternalName may have, or `*.` and a domain. The ingress controller connects to
   * them, wherever they resolve to. @example [db.example.com, "*.rds.amazonaws.com"]
   */
  externalNames?: string[];
  /** Ranges of addresses that Services may take for themselves, on every node of the host. @example [203.0.113.0/28] */
  externalAddresses?: string[];
  /** Classes of load balancers that Services may name, each another way into the host. @example [service.k8s.aws/nlb] */
  loadBalancerClasses?: string[];
  /**
   * Ranges of addresses that Services without a selector may lead to besides those of `isolation.egress`. The ingress controller
   * connects to them for the environment, also where its own pods may not. @example [10.42.0.0/16]
   */
  endpoints?: string[];
}

/** Bounds of single objects on the host; quotas count objects and not what is in them. */
export interface ObjectLimitsArgs {
  /** Longest time that a pod may take to end. A destroyed environment waits for it. @example 1800 */
  gracePeriodSeconds?: number;
  /** Containers that were added to a pod for debugging. */
  ephemeralContainers?: number;
  /** Ports of a Service. */
  servicePorts?: number;
  /** Addresses of each object of Endpoints, and of each EndpointSlice. */
  endpointAddresses?: number;
  /** Paths of an Ingress, over all of its hosts. */
  ingressPaths?: number;
  /** Size of what is in a Secret or ConfigMap. Kubernetes itself takes up to 1048576 bytes. */
  dataBytes?: number;
}

/** A range of addresses, and ports there. */
export interface AddressRangeArgs {
  /** CIDR. @default - none @example 203.0.113.0/24 */
  cidr?: string;
  /** Ports, such as `443`, `8000-8100` or `53/udp`; TCP by default. @default - all @example [443] */
  ports?: (string | number)[];
}

/** A peer of a NetworkPolicy: a CIDR, or a namespace of the host. */
export interface NetworkPeerArgs extends AddressRangeArgs {
  /** Namespace on the host. @default - none @example monitoring */
  namespace?: string;
}

/**
 * One environment: a virtual cluster on a host cluster, with ingress, isolation and registration in Argo CD.
 *
 * `defaults.ts` has every default that is a value; `@default` describes the others. The keys of the stack configuration are
 * the same, and `npm run docs` generates their documentation from these comments.
 */
export interface EnvironmentArgs {
  /** Name of the environment, part of the names of all its objects. @default - the name of the stack, or of the component @example pr-123 */
  environment?: string;
  /**
   * DNS domain of the API host `<environment>-vcluster.<domain>`, which must resolve to the ingress controller.
   * @default - `cnoe.localtest.me` for stacks of this repository, set in Pulumi.yaml; none for the component
   * @example k8s.example.com
   */
  domain: string;
  /**
   * How the virtual cluster is deployed: `helm` (a Helm release of Pulumi) or `argocd` (an Application with sync wave 10 in
   * the host's Argo CD, 2.14 or later).
   * @example argocd
   */
  delivery?: "helm" | "argocd";
  chart?: ChartArgs;
  image?: ImageArgs;
  /**
   * Kubernetes version of the virtual cluster, a tag of the image `loft-sh/kubernetes`.
   * @default - the chart's default: docs/versions.md
   * @example v1.34.4
   */
  kubernetesVersion?: string;
  controlPlane?: ControlPlaneArgs;
  persistence?: PersistenceArgs;
  sync?: SyncArgs;
  /**
   * Additional names in the API's certificate; it always contains the in-cluster name and the API host.
   * @example [api.example.com, "*.internal.example.com", 10.0.0.7]
   */
  extraSans?: string[];
  ingress?: IngressArgs;
  argocd?: ArgocdArgs;
  /**
   * Applications that Argo CD deploys into the environment, by name. In Argo CD they are called `<name>-<environment>`; the
   * preview lists names that vCluster shortens on the host. They are created when the environment is ready, and deleted
   * before it is destroyed.
   * @example {
   *   backstage: {repository: "https://charts.example.com", chart: backstage, revision: 0.1.0,
   *     values: {command: [sleep, infinity]}},
   *   nextjs: {repository: "https://git.example.com/nextjs.git", path: deploy, revision: main}}
   */
  applications?: Record<string, ApplicationArgs>;
  readiness?: ReadinessArgs;
  isolation?: IsolationArgs;
  /**
   * Labels of the environment's objects on the host: its namespace, the control plane's StatefulSet, pod and Service, and
   * the API route.
   * @example {team: platform, app.kubernetes.io/part-of: shop}
   */
  labels?: Record<string, string>;
  /** Annotations for the same objects. @example {example.org/owner: platform@example.org} */
  annotations?: Record<string, string>;
  /**
   * Chart values that override those generated from the other keys; `null` deletes one. Secrets stay secret. They are
   * validated with the chart's schema if the chart is on this machine: at `chart.path`, or in Helm's cache, which contains
   * it after the first preview.
   * @example {controlPlane: {statefulSet: {labels: {team: platform}}}}
   */
  values?: Input<JsonObject>;
}
