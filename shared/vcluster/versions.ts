import { isEnabled } from "../json";

/**
 * What differs between minor versions of the vCluster chart, and the only place that knows. Sources: the lifecycle page of
 * the vendor; the modules `github.com/loft-sh/vcluster` of {@link Contents.release} (`chart/`, `config/config.go`, `pkg/pro`,
 * `pkg/constants`); release notes for the versions between them.
 */
export interface ChartVersion {
  /** Major and minor version. */
  readonly minor: string;
  /** The newest release of it that was known when this table was written (November 2026). */
  readonly latest: string;
  /** Last day with security fixes, as YYYY-MM-DD. */
  readonly endOfLife: string;
  /** Minor version of Kubernetes that a virtual cluster has where no other is set. */
  readonly kubernetes: string;
  readonly contents: Contents;
  /** What an upgrade to it brings, besides another Kubernetes and what {@link CHART_VALUES} has. */
  readonly changes?: readonly string[];
}

/** Defaults and images of a release that was read; versions in between have those of the one before. */
interface Contents {
  readonly release: string;
  readonly kubernetesTag: string;
  readonly etcdTag: string;
  /** Image of the init container in pods of StatefulSets (`sync.toHost.pods.rewriteHosts`). */
  readonly hostsImage: string;
  readonly programs: Programs;
  /** Of the control plane's container. */
  readonly resources: Readonly<Record<"limits" | "requests", Readonly<Record<string, string>>>>;
}

/** Image that holds kine and helm, and where. */
export interface Programs {
  readonly image: "vcluster" | "kubernetes";
  readonly kine: string;
  readonly helm: string;
}

const REQUESTS = { cpu: "200m", memory: "256Mi" };

const CONTENTS_26: Contents = {
  release: "0.26.0",
  kubernetesTag: "v1.32.1",
  etcdTag: "3.5.21-0",
  hostsImage: "docker.io/library/alpine:3.20",
  programs: { image: "vcluster", kine: "/usr/local/bin/kine", helm: "/usr/local/bin/helm" },
  resources: {
    limits: { "ephemeral-storage": "8Gi", memory: "2Gi" },
    requests: { "ephemeral-storage": "400Mi", ...REQUESTS },
  },
};
const CONTENTS_30: Contents = {
  ...CONTENTS_26,
  release: "0.30.0",
  kubernetesTag: "v1.34.0",
  etcdTag: "3.6.4-0",
  hostsImage: "mirror.gcr.io/library/alpine:3.20",
  resources: {
    limits: { "ephemeral-storage": "10Gi", memory: "4Gi" },
    requests: { "ephemeral-storage": "1Gi", ...REQUESTS },
  },
};
const CONTENTS_34: Contents = {
  ...CONTENTS_30,
  release: "0.34.0",
  kubernetesTag: "v1.35.0",
  programs: { image: "kubernetes", kine: "/kubernetes/kine", helm: "/kubernetes/helm" },
};
const CONTENTS_36: Contents = { ...CONTENTS_34, release: "0.36.1", kubernetesTag: "v1.36.0", etcdTag: "3.6.8-0" };

/** Oldest first, without gaps. */
export const CHART_VERSIONS: readonly ChartVersion[] = [
  { minor: "0.26", latest: "0.26.5", endOfLife: "2025-12-26", kubernetes: "1.32", contents: CONTENTS_26 },
  { minor: "0.27", latest: "0.27.3", endOfLife: "2026-02-12", kubernetes: "1.33", contents: CONTENTS_26 },
  { minor: "0.28", latest: "0.28.2", endOfLife: "2026-03-08", kubernetes: "1.33", contents: CONTENTS_26 },
  { minor: "0.29", latest: "0.29.3", endOfLife: "2026-04-01", kubernetes: "1.33", contents: CONTENTS_26 },
  {
    minor: "0.30",
    latest: "0.30.5",
    endOfLife: "2026-04-28",
    kubernetes: "1.34",
    contents: CONTENTS_30,
    changes: [
      "the syncer copies EndpointSlices and may create events",
      "the control plane requests 1Gi of ephemeral storage",
    ],
  },
  {
    minor: "0.31",
    latest: "0.31.3",
    endOfLife: "2026-07-29",
    kubernetes: "1.34",
    contents: CONTENTS_30,
    changes: ["the control plane renews its certificates and restarts for that (from 0.31.3 on)"],
  },
  { minor: "0.32", latest: "0.32.3", endOfLife: "2026-08-18", kubernetes: "1.35", contents: CONTENTS_30 },
  {
    minor: "0.33",
    latest: "0.33.4",
    endOfLife: "2026-09-13",
    kubernetes: "1.35",
    contents: CONTENTS_30,
    changes: ["kine and helm come from the image of Kubernetes"],
  },
  {
    minor: "0.34",
    latest: "0.34.7",
    endOfLife: "2026-10-29",
    kubernetes: "1.35",
    contents: CONTENTS_34,
    changes: [
      "the syncer may patch StatefulSets, ReplicaSets and Deployments of its namespace; of that, every profile but open takes only its restart with renewed certificates",
    ],
  },
  { minor: "0.35", latest: "0.35.3", endOfLife: "2026-12-16", kubernetes: "1.36", contents: CONTENTS_34 },
  { minor: "0.36", latest: "0.36.1", endOfLife: "2027-01-22", kubernetes: "1.36", contents: CONTENTS_36 },
  { minor: "0.37", latest: "0.37.0", endOfLife: "2027-03-01", kubernetes: "1.36", contents: CONTENTS_36 },
];

/** Ends of versions from before the first in the table, of whose values nothing is known here. */
export const EARLIER_ENDS: Readonly<Record<string, string>> = {
  "0.19": "2025-07-01",
  "0.20": "2025-02-14",
  "0.21": "2025-05-11",
  "0.22": "2025-06-18",
  "0.23": "2025-08-26",
  "0.24": "2025-09-14",
  "0.25": "2025-11-15",
};

/** The release that this repository runs: the default, that of the local host, and the one of all end-to-end tests. */
export const TESTED_VERSION = "0.26.0";

/** Version of the chart in vCluster's repository; releases write their own. */
export const UNRELEASED = "0.0.1";

/** Versions with a value. Where only a range is known in which it came or went, those of the range have it. */
interface ChartValue {
  /** First version with it. @default - the first in the table */
  readonly from?: string;
  /** First version without it. @default - all later ones have it */
  readonly until?: string;
  /** Its successor, for messages. */
  readonly instead?: string;
}

/** Values that not every version of the chart has: those that this program sets, and those that people set. */
export const CHART_VALUES: Readonly<Record<string, ChartValue>> = {
  "sync.toHost.endpointSlices": { from: "0.30" },
  "sync.toHost.gatewayApi": { from: "0.35" },
  "sync.toHost.resourceClaims": { from: "0.32" },
  "sync.toHost.resourceClaimTemplates": { from: "0.32" },
  // The schema still has these, and a template of the chart fails where they are there, even disabled.
  "sync.toHost.volumeSnapshots": { until: "0.36" },
  "sync.toHost.volumeSnapshotContents": { until: "0.36" },
  "sync.fromHost.volumeSnapshotClasses": { until: "0.36" },
  "deploy.volumeSnapshotController": { from: "0.27", until: "0.36" },
  "rbac.enableVolumeSnapshotRules": { from: "0.27", until: "0.36" },
  "sync.fromHost.deviceClasses": { from: "0.32" },
  "sync.fromHost.gatewayClasses": { from: "0.35" },
  "sync.fromHost.gateways": { from: "0.35" },
  "controlPlane.distro.k3s": { until: "0.33", instead: "controlPlane.distro.k8s" },
  "controlPlane.tlsRoute": { from: "0.34" },
  "controlPlane.statefulSet.initContainers": { from: "0.30" },
  "controlPlane.statefulSet.sidecarContainers": { from: "0.30" },
  "controlPlane.statefulSet.hostAliases": { from: "0.31" },
  "controlPlane.statefulSet.runtimeClassName": { from: "0.34" },
  "controlPlane.advanced.cloudControllerManager": { from: "0.27" },
  "controlPlane.advanced.kubeVip": { from: "0.27" },
  "controlPlane.advanced.podDisruptionBudget": { from: "0.31" },
  "deploy.argoCD": { from: "0.35" },
  "integrations.argoCD": { from: "0.35" },
  "integrations.externalSecrets.sync.toHost": { from: "0.27" },
  "integrations.externalSecrets.sync.fromHost": { from: "0.27" },
  "integrations.externalSecrets.sync.externalSecrets": {
    until: "0.30",
    instead: "integrations.externalSecrets.sync.toHost.externalSecrets",
  },
  "integrations.externalSecrets.sync.stores": {
    until: "0.30",
    instead: "integrations.externalSecrets.sync.toHost.stores",
  },
  "integrations.externalSecrets.sync.clusterStores": {
    until: "0.30",
    instead: "integrations.externalSecrets.sync.fromHost.clusterStores",
  },
  "integrations.netris": { from: "0.27" },
  "policies.networkPolicy.controlPlane": { from: "0.31" },
  "policies.networkPolicy.workload": { from: "0.31" },
  "policies.networkPolicy.outgoingConnections": { until: "0.34", instead: "policies.networkPolicy.workload" },
  "policies.networkPolicy.extraControlPlaneRules": { until: "0.34", instead: "policies.networkPolicy.controlPlane" },
  "policies.networkPolicy.extraWorkloadRules": { until: "0.34", instead: "policies.networkPolicy.workload" },
  "experimental.docker": { from: "0.31" },
  "experimental.genericSync": { until: "0.28" },
  "experimental.isolatedControlPlane": { until: "0.28" },
  "experimental.nodeMonitors": { from: "0.31" },
  "experimental.proxy": { from: "0.31" },
  "experimental.syncSettings.targetNamespace": { until: "0.30" },
  external: { until: "0.32", instead: "platform" },
  sleepMode: { until: "0.32", instead: "sleep" },
  sleep: { from: "0.32" },
  snapshots: { from: "0.32" },
  deletion: { from: "0.32" },
  platform: { from: "0.32" },
};

/** Values that only the Pro image supports: switches, lists and maps, in the versions that have them. */
const PRO = [
  "sync.toHost.namespaces.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
  "sync.toHost.customResources",
  "sync.toHost.resourceClaims.enabled",
  "sync.toHost.resourceClaimTemplates.enabled",
  "sync.fromHost.customResources",
  "sync.fromHost.deviceClasses.enabled",
  "controlPlane.standalone.enabled",
  "controlPlane.backingStore.etcd.embedded.enabled",
  "controlPlane.backingStore.database.external.enabled",
  "controlPlane.coredns.embedded",
  "controlPlane.hostPathMapper.central",
  "controlPlane.advanced.kubeVip.enabled",
  "privateNodes.enabled",
  "deploy.argoCD.applications",
  "integrations.argoCD.enabled",
  "integrations.certManager.enabled",
  "integrations.externalSecrets.enabled",
  "integrations.istio.enabled",
  "integrations.kubeVirt.enabled",
  "integrations.netris.enabled",
  "networking.resolveDNS",
  "policies.centralAdmission.validatingWebhooks",
  "policies.centralAdmission.mutatingWebhooks",
  "experimental.denyProxyRequests",
  "experimental.isolatedControlPlane.enabled",
  "experimental.proxy.customResources",
  "external.platform",
  "sleepMode.enabled",
];

/** The same of sections that count as enabled as soon as they are there (`IsProFeatureEnabled`). */
const PRO_SECTIONS = ["sleep", "snapshots", "deletion", "platform"];

/** All of them, for the documentation. */
export const PRO_VALUES = [...PRO, ...PRO_SECTIONS];

/** Feature gates of Kubernetes that this program sets, by the minor version from which on they are locked. */
const LOCKED_GATES: Readonly<Record<string, string>> = { InPlacePodVerticalScaling: "1.35" };

/** Tags of CoreDNS by minor version of Kubernetes; for one that a chart does not know, it takes that of its own. */
const COREDNS: Readonly<Record<string, string>> = {
  "1.32": "1.11.3",
  "1.33": "1.12.0",
  "1.34": "1.12.1",
  "1.35": "1.14.1",
  "1.36": "1.14.2",
};

/** First patch releases with vCluster's fix #4037; minor versions after the last one have it, those before the first do not. */
const POD_STATUS_FIX: readonly (readonly [minor: string, patch: number])[] = [
  ["0.35", 3],
  ["0.36", 1],
];

/**
 * First patch releases whose control plane renews its certificates by itself, 90 days before they expire (pkg/certs/watcher.go
 * of vCluster): the same as above. Patch releases of 0.32 and 0.33 have it too, and nothing here knows which.
 */
const RENEWING: typeof POD_STATUS_FIX = [
  ["0.31", 3],
  ["0.32", Infinity],
  ["0.33", Infinity],
  ["0.34", 0],
];

/** Whether the control plane renews its certificates by itself, while it runs. */
export function renewsCertificates(version: string | undefined): boolean {
  return minorOf(version) !== undefined && isFixed(version ?? "", RENEWING);
}

/** Whether a version has a fix that patch releases got. */
function isFixed(version: string, firsts: typeof POD_STATUS_FIX): boolean {
  const { minor } = chartOf(version);
  const first = firsts.find(([other]) => other === minor);
  if (first === undefined) return isAtLeast(minor, firsts.at(-1)?.[0] ?? "");
  return Number(/^v?\d+\.\d+\.(\d+)/.exec(version)?.[1] ?? 0) >= first[1];
}

/**
 * Why pods never become ready with these versions of Kubernetes inside and on the host, as far as that is known: a virtual
 * Kubernetes before 1.34 drops a field of the pods' status that hosts have from 1.34 on (vCluster issue 3578).
 */
export function knownSkew(chart: string, virtual: string, host: string): string | undefined {
  if (isAtLeast(virtual, "1.34") || !isAtLeast(host, "1.34")) return undefined;
  return isFixed(chart, POD_STATUS_FIX)
    ? undefined
    : `pods never become ready with Kubernetes ${virtual} inside and ${host} on the host, up to chart 0.36.0 (vCluster issue 3578)`;
}

/** Major and minor version in a full one such as `0.26.0` or `v1.34.4`; undefined in any other text. */
export function minorOf(version: string | undefined): string | undefined {
  return /^v?(\d+\.\d+)\.\d/.exec(version ?? "")?.[1];
}

/** True where a minor version is not older than another one. */
export function isAtLeast(minor: string, other: string): boolean {
  const [a, b] = [minor, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const differing = a.findIndex((number, index) => number !== b[index]);
  return differing < 0 || (a[differing] ?? 0) > (b[differing] ?? 0);
}

/** The table's row for a version of the chart, or undefined. */
export function knownChart(version: string | undefined): ChartVersion | undefined {
  const minor = minorOf(version);
  return CHART_VERSIONS.find((chart) => chart.minor === minor);
}

/**
 * The release to which an environment upgrades next, one minor version at a time as upstream tests it: the newest of the
 * next minor version, or of its own where that is the last one. Undefined where there is none.
 *
 * @param available the releases that there are, oldest first. Default: those of the table
 */
export function nextRelease(
  running: string,
  available: readonly string[] = CHART_VERSIONS.map(({ latest }) => latest),
): string | undefined {
  const newer = available.filter((release) => isNewer(release, running));
  return newer.find((release) => minorOf(release) !== minorOf(running)) ?? newer.at(-1);
}

/** True where a release is newer than another one, by the numbers of both. */
export function isNewer(release: string, other: string): boolean {
  const [a, b] = [release, other].map((text) => (/\d+\.\d+\.\d+/.exec(text)?.[0] ?? "").split(".").map(Number));
  const at = a?.findIndex((number, index) => number !== b?.[index]) ?? -1;
  return at >= 0 && (a?.[at] ?? 0) > (b?.[at] ?? 0);
}

/** Versions after one and up to another, both left out where they are not known. */
export function chartsBetween(from: string, to: string): ChartVersion[] {
  const [first, last] = [minorOf(from), minorOf(to)];
  if (first === undefined || last === undefined) return [];
  return CHART_VERSIONS.filter(({ minor }) => !isAtLeast(first, minor) && isAtLeast(last, minor));
}

/** The same, and for a version that is not in the table the one that is next to it, by which it is treated. */
export function chartOf(version: string | undefined): ChartVersion {
  const [oldest, newest] = [CHART_VERSIONS[0], CHART_VERSIONS.at(-1)] as [ChartVersion, ChartVersion];
  const minor = minorOf(version);
  return knownChart(version) ?? (minor !== undefined && isAtLeast(minor, newest.minor) ? newest : oldest);
}

/** What is said of a version that is not in the table: which are, and how it is treated. */
export function unknownChart(version: string | undefined): string | undefined {
  const minor = minorOf(version);
  if (minor === undefined || knownChart(version) !== undefined) return undefined;
  const [oldest, newest] = [CHART_VERSIONS[0]?.minor, CHART_VERSIONS.at(-1)?.minor];
  return `chart version ${minor} is not among the known ones (${oldest} to ${newest}): its values are generated and checked as those of ${chartOf(version).minor}`;
}

/** Whether a version of the chart has the value at a path. */
export function hasValue(version: string | undefined, path: string): boolean {
  return Object.entries(CHART_VALUES).every(([at, value]) => !isWithin(path, at) || exists(version, value));
}

/** Values that are set and that the version of the chart does not have, with what is known of them. */
export function missingValues(
  version: string | undefined,
  get: (path: string) => unknown,
): { path: string; charts: string; instead?: string }[] {
  return Object.entries(CHART_VALUES).flatMap(([path, value]) => {
    if (exists(version, value) || get(path) === undefined) return [];
    const { instead } = value;
    return [{ path, charts: chartsWith(path), ...(instead !== undefined && { instead }) }];
  });
}

/** Which versions have the value at a path, for messages. */
export function chartsWith(path: string): string {
  const { from, until } = Object.entries(CHART_VALUES).find(([at]) => isWithin(path, at))?.[1] ?? {};
  if (from === undefined) return until === undefined ? "all charts" : `charts before ${until}`;
  return until === undefined ? `charts from ${from} on` : `charts from ${from} to before ${until}`;
}

/** Paths of values that enable Pro features in a version of the chart. `get` returns the value at a dotted path. */
export function proValues(version: string | undefined, get: (path: string) => unknown): string[] {
  const patches = ["sync.toHost", "sync.fromHost"].flatMap((path) => {
    const kinds = get(path);
    const names = typeof kinds === "object" && kinds !== null ? Object.keys(kinds) : [];
    return names.map((kind) => `${path}.${kind}.patches`);
  });
  return [
    ...[...PRO, ...patches].filter((path) => isEnabled(get(path))),
    ...PRO_SECTIONS.filter((path) => get(path) !== undefined),
  ].filter((path) => hasValue(version, path));
}

/** Whether only the Pro image supports what is under a path. */
export function isPro(path: string): boolean {
  return PRO_VALUES.some((value) => isWithin(value, path));
}

/** Minor version of Kubernetes that a virtual cluster has. @param configured tag of its image, if one is set */
export function virtualKubernetes(chart: string, configured: string | undefined): string {
  return (configured === undefined ? undefined : minorOf(configured)) ?? chartOf(chart).kubernetes;
}

/** Whether the API server refuses to start where a feature gate is not as it is by default. */
export function isLocked(gate: string, kubernetes: string): boolean {
  const from = LOCKED_GATES[gate];
  return from !== undefined && isAtLeast(kubernetes, from);
}

/** Tag of the CoreDNS that a virtual cluster runs. */
export function corednsTag(chart: string, kubernetes: string): string {
  const own = chartOf(chart).kubernetes;
  return COREDNS[isAtLeast(kubernetes, own) ? own : kubernetes] ?? COREDNS[own] ?? "";
}

/** Nothing is missing in a version that is not known at all, such as that of a chart in a Git repository. */
function exists(version: string | undefined, { from, until }: ChartValue): boolean {
  if (minorOf(version) === undefined) return true;
  const { minor } = chartOf(version);
  return (from === undefined || isAtLeast(minor, from)) && (until === undefined || !isAtLeast(minor, until));
}

function isWithin(path: string, at: string): boolean {
  return path === at || path.startsWith(`${at}.`);
}
