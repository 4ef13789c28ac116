import { parseQuantity } from "../../shared/quantity";
import { OPEN_SOURCE_REPOSITORY } from "../../shared/vcluster/open-source";
import { hasValue, TESTED_VERSION } from "../../shared/vcluster/versions";
import { environmentNames } from "../names";
import type {
  ApplicationArgs,
  ArgocdArgs,
  Bound,
  ControlPlaneArgs,
  EnvironmentArgs,
  IngressArgs,
  IsolationArgs,
  PersistenceArgs,
  SyncArgs,
} from "./args";
import { withReplicas } from "./own-objects";
import { KIND_DEFAULTS } from "./sync-kinds";

/** The arguments of an environment with every default filled in, and the names that follow from them. */
export type Settings = Readonly<ReturnType<typeof settings>>;

export type ApplicationSettings = Readonly<ReturnType<typeof application>>;

/**
 * Every default of an environment, and the only place that has them: program, library and documentation read them here.
 * `domain` has none, because nobody else's domain would do; the stacks of this repository get theirs from Pulumi.yaml.
 */
export function settings(name: string, args: EnvironmentArgs) {
  const given = complete(args, {
    environment: name,
    delivery: "helm",
    extraSans: [],
    labels: {},
    annotations: {},
    values: {},
  });
  const chart = complete(args.chart, { repository: "https://charts.loft.sh", version: TESTED_VERSION });
  const plane = controlPlane(args.controlPlane);
  const volume = persistence(args.persistence);
  const route = ingress(args.ingress);
  const argocd = complete(args.argocd, {
    register: true,
    namespace: "argocd",
    deliveryProject: "default",
    syncTimeoutSeconds: 300,
    deleteTimeoutSeconds: 300,
    namespaces: [],
    clusterResources: false,
    sources: [],
    rotation: "",
    labels: {},
    annotations: {},
  });
  return {
    ...given,
    names: environmentNames(given.environment, given.domain, route.port),
    chart,
    // The open source build. The chart's own default is the commercial one.
    image: complete(args.image, { registry: "ghcr.io", repository: OPEN_SOURCE_REPOSITORY, tag: chart.version }),
    controlPlane: plane,
    persistence: volume,
    sync: sync(args.sync),
    ingress: route,
    argocd,
    applications: Object.fromEntries(
      Object.entries(args.applications ?? {}).map(([key, app]) => [key, application(key, app, argocd)]),
    ),
    readiness: complete(args.readiness, { enabled: true, timeoutSeconds: 300 }),
    isolation: isolation(
      args.isolation,
      withReplicas(quotaOf(chart.version), plane.replicas, volume.size, chart.version),
    ),
  };
}

function controlPlane(given: ControlPlaneArgs | undefined) {
  // Twice Helm's own wait: the first pod on a host has two images to pull.
  const { requests, limits, probes, ...rest } = complete(given, {
    replicas: 1,
    startTimeoutSeconds: 600,
    virtualScheduler: true,
  });
  return {
    ...rest,
    requests: asText(complete(requests, { cpu: "1", memory: "2Gi" })),
    limits: asText(complete(limits, { cpu: "2", memory: "4Gi" })),
    probes: {
      liveness: complete(probes?.liveness, { enabled: true }),
      readiness: complete(probes?.readiness, { enabled: true }),
      // The chart looks every 6 s, 300 times. The same half hour, but an API that answers is seen within a second.
      startup: complete(probes?.startup, { enabled: true, periodSeconds: 1, failureThreshold: 1800 }),
    },
  };
}

/** Whether the objects of the virtual cluster are in etcd, with a member for each replica, and not in SQLite. */
export function usesEtcd({ controlPlane }: Pick<Settings, "controlPlane">): boolean {
  return controlPlane.replicas > 1;
}

function persistence(given: PersistenceArgs | undefined) {
  const { size, ...rest } = complete(given, {
    size: "5Gi",
    accessModes: ["ReadWriteOnce"],
    retain: false,
    allowDataLoss: false,
  });
  return { ...rest, size: String(size) };
}

function sync(given: SyncArgs | undefined) {
  const { fromHost, toHost, ...mappings } = complete(given, {
    secrets: { "backstage/*": "backstage/*", "nextjs/*": "nextjs/*", "shared/*": "config/*" },
    configMaps: { "shared-config/*": "config/*" },
  });
  return {
    ...mappings,
    fromHost: { ...KIND_DEFAULTS.fromHost, ...complete(fromHost, {}) },
    toHost: complete(toHost, KIND_DEFAULTS.toHost),
  };
}

function ingress(given: IngressArgs | undefined) {
  const { controller, gateway, ...rest } = complete(given, { controller: "nginx", port: 443 });
  // Traefik needs none for its own kind, and a Gateway has none.
  const needsClass = controller === "nginx" || controller === "haproxy";
  return {
    controller,
    ...(needsClass && { className: controller }),
    ...rest,
    ...(gateway !== undefined && { gateway: complete(gateway, { routeVersion: "v1" }) }),
  };
}

function application(
  name: string,
  { sync, ...given }: ApplicationArgs,
  { namespaces, clusterResources }: Required<Pick<ArgocdArgs, "namespaces" | "clusterResources">>,
) {
  const options = namespaces.length === 0 || clusterResources ? ["CreateNamespace=true"] : [];
  const syncPolicy = complete(sync, { automated: true, prune: true, selfHeal: true, options });
  return {
    ...complete(given, { repository: "", namespace: name, values: {}, wait: syncPolicy.automated }),
    sync: syncPolicy,
  };
}

function isolation(given: IsolationArgs | undefined, defaultQuota: Readonly<Record<string, string>>) {
  const { quota, containerLimits, containerRequests, allow, objectLimits, ...rest } = complete(given, {
    profile: "default",
    ingressNamespace: "ingress-nginx",
    egress: [],
    ingress: [],
    ingressHosts: [],
  });
  const hard = asText<string>({
    ...defaultQuota,
    "services.nodeports": nodePorts(quota?.["services.loadbalancers"]),
    ...quota,
  });
  // Where the quota counts limits, it refuses containers without one; where it does not, a default would only refuse
  // containers that request more.
  const limited = Object.entries(CONTAINER_LIMITS).filter(([name]) => hard[`limits.${name}`] !== undefined);
  return {
    ...rest,
    allow: complete(allow, ALLOW),
    objectLimits: complete(objectLimits, OBJECT_LIMITS),
    quota: hard,
    containerLimits: asText<string>({ ...Object.fromEntries(limited), ...containerLimits }),
    // Small, because the virtual scheduler does not see what the host adds to a pod, and a node refuses what does not fit.
    containerRequests: asText<string>({
      cpu: "10m",
      memory: "64Mi",
      "ephemeral-storage": "50Mi",
      ...containerRequests,
    }),
  };
}

/** The default quota, with what only newer charts let tenants make. */
function quotaOf(version: string): Readonly<Record<string, string>> {
  // Tenants' own, and those that the host makes of Services and of tenants' Endpoints.
  const slices = { "count/endpointslices.discovery.k8s.io": "200" };
  return { ...QUOTA, ...(hasValue(version, "sync.toHost.endpointSlices") && slices) };
}

const CONTAINER_LIMITS = { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" };

/** A load balancer takes a node port for each of its ports. */
function nodePorts(loadBalancers: Bound = 0): Bound {
  return loadBalancers === null ? null : 10 * (parseQuantity(String(loadBalancers)) ?? 0);
}

/** Nothing but what is harmless on every host. */
const ALLOW = {
  kinds: [],
  volumes: [],
  csiDrivers: [],
  annotations: [],
  labels: [],
  priorityClasses: [],
  runtimeClasses: [],
  ingressClasses: [],
  ingressTls: true,
  storageClasses: [],
  secretTypes: [],
  externalNames: [],
  externalAddresses: [],
  loadBalancerClasses: [],
  endpoints: [],
};

/** Well above what applications have, and below what one object may do to the host. */
const OBJECT_LIMITS = {
  gracePeriodSeconds: 300,
  ephemeralContainers: 10,
  servicePorts: 50,
  endpointAddresses: 250,
  ingressPaths: 100,
  dataBytes: 524288,
};

/**
 * Room for some dozens of pods of ordinary size, and for as many objects of each kind as such pods need. Limits of CPU are
 * not counted: requests share it out, and what nobody requests is for everyone.
 */
const QUOTA: Readonly<Record<string, string>> = {
  // Those that have not ended, and all of them.
  pods: "50",
  "count/pods": "250",
  "requests.cpu": "8",
  "requests.memory": "16Gi",
  "requests.ephemeral-storage": "20Gi",
  "requests.storage": "100Gi",
  "limits.memory": "32Gi",
  "limits.ephemeral-storage": "60Gi",
  services: "50",
  // Both reach the host's own addresses, past ingress controller and network policies.
  "services.loadbalancers": "0",
  // One of them for each pod, with its token.
  secrets: "300",
  configmaps: "200",
  persistentvolumeclaims: "20",
  "count/endpoints": "100",
  "count/ingresses.networking.k8s.io": "20",
  "count/serviceaccounts": "200",
};

/** Quantities as Kubernetes writes them, without those that are null. */
function asText<Name extends string>(amounts: Readonly<Record<Name, Bound>>): Readonly<Record<Name, string>> {
  const given = Object.entries<Bound>(amounts).filter(([, amount]) => amount !== null);
  return Object.fromEntries(given.map(([name, amount]) => [name, String(amount)])) as Record<Name, string>;
}

/** `given` over `defaults`. A spread alone would let an explicit `undefined` hide a default. */
function complete<Args extends object, Key extends keyof Args>(
  given: Args | undefined,
  defaults: { [K in Key]-?: Exclude<Args[K], undefined> },
): Args & Required<Pick<Args, Key>> {
  const present = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(present) } as Args & Required<Pick<Args, Key>>;
}
