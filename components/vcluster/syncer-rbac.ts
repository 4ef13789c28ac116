import { getIn, getPath, type JsonObject } from "../../shared/json";
import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { sourceNamespaces } from "../../shared/vcluster/sync-mappings";

/** A rule as Kubernetes RBAC has it. */
export interface Rule extends JsonObject {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** What the syncer may do in one mapped namespace of the host. */
export interface SourceAccess {
  readonly namespace: string;
  readonly rules: Rule[];
}

type Mappings = Readonly<Record<"secrets" | "configMaps", Record<string, string>>>;

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "patch", "update", ...READ];

/**
 * Rules in each mapped namespace: the mapped kinds, to read.
 *
 * A mapping of single objects gets the whole kind too. RBAC narrows a list or a watch down to names only where the
 * request has a field selector for one name, and the syncer's cache lists the whole namespace (vCluster's
 * `pkg/syncer/from_host_syncer.go`); names for `get` alone would keep nothing from it.
 */
export function sourceAccess({ secrets, configMaps }: Mappings): SourceAccess[] {
  const kinds = { secrets: sourceNamespaces(secrets), configmaps: sourceNamespaces(configMaps) };
  return sourceNamespaces(secrets, configMaps).map((namespace) => {
    const resources = (["configmaps", "secrets"] as const).filter((kind) => kinds[kind].includes(namespace));
    return { namespace, rules: [rule("", resources, READ)] };
  });
}

/**
 * Cluster-wide rules of the syncer for merged chart values, in place of those that the chart would make.
 *
 * The chart's own (`templates/clusterrole.yaml`) read every Secret and ConfigMap of the host as soon as one is mapped,
 * and `nodes/proxy`, which gives access to every pod. Rules that are overwritten are overwritten as a whole, so this is the
 * rest of that template for the features of the open source build; what plugins and integrations need goes into
 * `rbac.clusterRole.extraRules`.
 */
export function clusterRules(values: JsonObject, mappings: Mappings): Rule[] {
  const on = (...path: string[]) => String(getIn(values, ...path, "enabled")) === "true";
  const toHost = (kind: string) => on("sync", "toHost", kind);
  const fromHost = (kind: string) => on("sync", "fromHost", kind);
  const scheduler = SCHEDULERS.some((path) => String(getPath(values, path)) === "true");
  const sources = sourceNamespaces(mappings.secrets, mappings.configMaps);
  const gateways = fromHost("gatewayClasses") || fromHost("gateways") || toHost("gatewayApi");
  const extra = getIn(values, "rbac", "clusterRole", "extraRules");

  const table: [boolean, Rule][] = [
    [fromHost("nodes"), rule("", ["nodes"], READ)],
    // The scheduler inside sees what is free on a node only if it knows what everybody else runs there.
    [scheduler, rule("", ["pods"], ["list", "watch"])],
    [
      fromHost("nodes") && getIn(values, "sync", "fromHost", "nodes", "syncBackChanges") === true,
      rule("", ["nodes", "nodes/status"], ["update", "patch"]),
    ],
    [scheduler, rule("storage.k8s.io", ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities"], READ)],
    [!scheduler && fromHost("storageClasses"), rule("storage.k8s.io", ["storageclasses"], READ)],
    [!scheduler && fromHost("csiNodes"), rule("storage.k8s.io", ["csinodes"], READ)],
    [!scheduler && fromHost("csiDrivers"), rule("storage.k8s.io", ["csidrivers"], READ)],
    [!scheduler && fromHost("csiStorageCapacities"), rule("storage.k8s.io", ["csistoragecapacities"], READ)],
    [toHost("storageClasses"), rule("storage.k8s.io", ["storageclasses"], WRITE)],
    [toHost("persistentVolumes"), rule("", ["persistentvolumes"], WRITE)],
    [fromHost("ingressClasses"), rule("networking.k8s.io", ["ingressclasses"], READ)],
    [fromHost("runtimeClasses"), rule("node.k8s.io", ["runtimeclasses"], READ)],
    [toHost("priorityClasses"), rule("scheduling.k8s.io", ["priorityclasses"], WRITE)],
    [fromHost("priorityClasses"), rule("scheduling.k8s.io", ["priorityclasses"], READ)],
    [fromHost("volumeSnapshotClasses"), rule("snapshot.storage.k8s.io", ["volumesnapshotclasses"], READ)],
    [toHost("volumeSnapshotContents"), rule("snapshot.storage.k8s.io", ["volumesnapshotcontents"], WRITE)],
    [gateways, rule("gateway.networking.k8s.io", ["gatewayclasses"], READ)],
    [fromHost("gateways"), rule("gateway.networking.k8s.io", ["gateways"], READ)],
    [gateways, rule("apiextensions.k8s.io", ["customresourcedefinitions"], READ)],
    [isFilled(getIn(values, "networking", "replicateServices", "fromHost")), rule("", ["services", "endpoints"], READ)],
    [
      on("integrations", "metricsServer") && getIn(values, "integrations", "metricsServer", "nodes") !== false,
      rule("metrics.k8s.io", ["nodes"], ["get", "list"]),
    ],
    [sources.length > 0, { ...rule("", ["namespaces"], READ), resourceNames: sources }],
  ];
  return [...table.filter(([needed]) => needed).map(([, needed]) => needed), ...(isFilled(extra) ? extra : [])];
}

function rule(apiGroup: string, resources: string[], verbs: string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}

function isFilled(list: unknown): list is Rule[] {
  return Array.isArray(list) && list.length > 0;
}
