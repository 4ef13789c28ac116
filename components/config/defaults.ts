import type { Input } from "@pulumi/pulumi";

import type { JsonObject } from "../../shared/json";
import type {
  ApplicationArgs,
  ApplicationSyncArgs,
  ArgocdArgs,
  EnvironmentArgs,
  FromHostArgs,
  GatewayArgs,
  IngressArgs,
  IsolationArgs,
  NetworkPeerArgs,
  ProbeArgs,
  ProbesArgs,
  Quantity,
  Resources,
  ToHostArgs,
  Toleration,
} from "./args";
import { KIND_DEFAULTS } from "./sync-kinds";

/** A probe that is on or off. */
type Probe = ProbeArgs & { readonly enabled: boolean };

/** Complete amounts, as text. */
export type Amounts = Readonly<Record<keyof Resources, string>>;

/** An application with every default filled in. */
export type ApplicationSettings = Pick<ApplicationArgs, "path" | "chart" | "revision" | "project"> &
  Required<Omit<ApplicationArgs, "path" | "chart" | "revision" | "project" | "sync">> & {
    readonly sync: Required<ApplicationSyncArgs>;
  };

/** The arguments of an environment with every default filled in. */
export interface Settings {
  readonly environment: string;
  readonly domain: string;
  readonly delivery: string;
  readonly chart: { readonly repository: string; readonly version: string; readonly path?: string };
  readonly image: { readonly registry: string; readonly repository: string; readonly tag: string };
  readonly kubernetesVersion?: string;
  readonly controlPlane: {
    readonly requests: Amounts;
    readonly limits: Amounts;
    readonly startTimeoutSeconds: number;
    readonly virtualScheduler: boolean;
    readonly probes: Readonly<Record<keyof ProbesArgs, Probe>>;
    readonly nodeSelector?: Record<string, string>;
    readonly tolerations?: readonly Toleration[];
    readonly affinity?: JsonObject;
    readonly priorityClass?: string;
  };
  readonly persistence: {
    readonly size: string;
    readonly storageClass?: string;
    readonly accessModes: readonly string[];
    readonly retain: boolean;
    readonly allowDataLoss: boolean;
  };
  readonly sync: {
    readonly secrets: Record<string, string>;
    readonly configMaps: Record<string, string>;
    readonly fromHost: Readonly<FromHostArgs>;
    readonly toHost: Readonly<ToHostArgs>;
  };
  readonly extraSans: readonly string[];
  readonly ingress: {
    readonly controller: string;
    readonly className?: string;
    readonly gateway?: GatewayArgs & Required<Pick<GatewayArgs, "routeVersion">>;
  };
  readonly argocd: Readonly<Required<ArgocdArgs>>;
  readonly applications: Readonly<Record<string, ApplicationSettings>>;
  readonly readiness: { readonly enabled: boolean; readonly timeoutSeconds: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly isolation: {
    readonly profile: NonNullable<IsolationArgs["profile"]>;
    readonly quota: Readonly<Record<string, string>>;
    readonly containerLimits: Readonly<Record<string, string>>;
    readonly containerRequests: Readonly<Record<string, string>>;
    readonly ingressNamespace: string;
    readonly egress: readonly NetworkPeerArgs[];
    readonly ingress: readonly NetworkPeerArgs[];
    readonly ingressHosts: readonly string[];
    readonly hostApi?: readonly NetworkPeerArgs[];
  };
  readonly values: Input<JsonObject>;
}

/**
 * Every default of an environment, and the only place that has them: program, library and documentation read them here.
 * `domain` has none, because nobody else's domain would do; the stacks of this repository get theirs from Pulumi.yaml.
 */
export function settings(name: string, args: EnvironmentArgs): Settings {
  const chart = { repository: "https://charts.loft.sh", version: "0.26.0", ...defined(args.chart) };
  // Twice Helm's own wait: the first pod on a host has two images to pull.
  const { requests, limits, startTimeoutSeconds = 600, probes, ...placement } = defined(args.controlPlane);
  const { fromHost, toHost, ...copies } = defined(args.sync);
  const { size = "5Gi", ...volume } = defined(args.persistence);
  return {
    environment: args.environment ?? name,
    domain: args.domain,
    delivery: args.delivery ?? "helm",
    chart,
    // The open source build. The chart's own default is the commercial one.
    image: { registry: "ghcr.io", repository: "loft-sh/vcluster-oss", tag: chart.version, ...defined(args.image) },
    ...(args.kubernetesVersion !== undefined && { kubernetesVersion: args.kubernetesVersion }),
    controlPlane: {
      requests: amounts({ cpu: "1", memory: "2Gi" }, requests),
      limits: amounts({ cpu: "2", memory: "4Gi" }, limits),
      startTimeoutSeconds,
      virtualScheduler: true,
      ...placement,
      probes: {
        liveness: { enabled: true, ...defined(probes?.liveness) },
        readiness: { enabled: true, ...defined(probes?.readiness) },
        // The chart looks every 6 s, 300 times. The same half hour, but an API that answers is seen within a second.
        startup: { enabled: true, periodSeconds: 1, failureThreshold: 1800, ...defined(probes?.startup) },
      },
    },
    persistence: { accessModes: ["ReadWriteOnce"], retain: false, allowDataLoss: false, ...volume, size: String(size) },
    sync: {
      secrets: { "backstage/*": "backstage/*", "nextjs/*": "nextjs/*", "shared/*": "config/*" },
      configMaps: { "shared-config/*": "config/*" },
      ...copies,
      fromHost: { ...defined(KIND_DEFAULTS.fromHost), ...defined(fromHost) },
      toHost: { ...KIND_DEFAULTS.toHost, ...defined(toHost) },
    },
    extraSans: args.extraSans ?? [],
    ingress: ingress(args.ingress),
    argocd: {
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
      ...defined(args.argocd),
    },
    applications: Object.fromEntries(
      Object.entries(args.applications ?? {}).map(([key, given]) => [key, application(key, given, args.argocd)]),
    ),
    readiness: { enabled: true, timeoutSeconds: 300, ...defined(args.readiness) },
    labels: args.labels ?? {},
    annotations: args.annotations ?? {},
    isolation: isolation(args.isolation),
    values: args.values ?? {},
  };
}

function application(
  name: string,
  { sync, ...given }: ApplicationArgs,
  { namespaces = [], clusterResources = false }: ArgocdArgs = {},
): ApplicationSettings {
  const options = namespaces.length === 0 || clusterResources ? ["CreateNamespace=true"] : [];
  const filled = { automated: true, prune: true, selfHeal: true, options, ...defined(sync) };
  return {
    repository: "",
    namespace: name,
    values: {},
    wait: filled.automated,
    ...defined(given),
    sync: filled,
  };
}

function ingress(given: IngressArgs | undefined): Settings["ingress"] {
  const { controller = "nginx", gateway, ...rest } = defined(given);
  // Traefik needs none for its own kind, and a Gateway has none.
  const byController = controller === "nginx" || controller === "haproxy" ? { className: controller } : {};
  return {
    controller,
    ...byController,
    ...rest,
    ...(gateway !== undefined && { gateway: { routeVersion: "v1", ...defined(gateway) } }),
  };
}

function isolation(given: IsolationArgs | undefined): Settings["isolation"] {
  const { quota, containerLimits, containerRequests, ...rest } = defined(given);
  const over = (defaults: Record<string, string>, own: Record<string, Quantity> | undefined) => ({
    ...defaults,
    ...Object.fromEntries(Object.entries(own ?? {}).map(([name, amount]) => [name, String(amount)])),
  });
  return {
    profile: "default",
    ingressNamespace: "ingress-nginx",
    egress: [],
    ingress: [],
    ingressHosts: [],
    ...rest,
    quota: over(QUOTA, quota),
    containerLimits: over({ cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" }, containerLimits),
    // Small, because the virtual scheduler does not see what the host adds to a pod, and a node refuses what does not fit.
    containerRequests: over({ cpu: "10m", memory: "64Mi", "ephemeral-storage": "50Mi" }, containerRequests),
  };
}

/** Room for some dozens of pods of ordinary size, and for as many objects of each kind as such pods need. */
const QUOTA = {
  pods: "50",
  "requests.cpu": "8",
  "requests.memory": "16Gi",
  "requests.ephemeral-storage": "20Gi",
  "requests.storage": "100Gi",
  "limits.cpu": "25",
  "limits.memory": "32Gi",
  "limits.ephemeral-storage": "60Gi",
  services: "50",
  // Both reach the host's own addresses, past ingress controller and network policies.
  "services.loadbalancers": "0",
  "services.nodeports": "0",
  secrets: "200",
  configmaps: "200",
  persistentvolumeclaims: "20",
  "count/endpoints": "100",
  "count/ingresses.networking.k8s.io": "20",
  "count/serviceaccounts": "200",
};

function amounts(fallback: Amounts, given: Resources | undefined): Amounts {
  const text = (quantity: Quantity | undefined, otherwise: string) => String(quantity ?? otherwise);
  return { cpu: text(given?.cpu, fallback.cpu), memory: text(given?.memory, fallback.memory) };
}

/** The keys that have a value: a spread would let an explicit `undefined` hide a default. */
function defined<T extends object>(given: T | undefined): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
