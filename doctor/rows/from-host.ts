import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { mappingMistake, sourceNamespace, targetsOf } from "../../shared/vcluster/sync-mappings";
import type { Row, Sighting } from "../model";
import { ageSeconds, type KubeObject, nameOf, namespaceOf, text } from "../objects";
import { isOn, type Mappings, mappingsOf, targetOf } from "../read/mappings";
import type { Snapshot, Source } from "../snapshot";
import { REAPPLY, RESTART, UP } from "./commands";

/** The syncer copies a change within seconds. */
const SYNC_SECONDS = 60;
/** What vCluster copies from no namespace. */
const NOT_COPIED = ["kube-root-ca.crt"];
/** Everything before the syncer itself. */
const BEFORE = ["namespaces", "host", "control-plane"];

export const fromHostRows: readonly Row[] = [
  {
    code: "source-namespace-missing",
    section: "from-host",
    severity: "error",
    healthy: "the host namespaces that are mapped exist",
    cause: "a namespace of the host that a mapping reads from does not exist: nothing of it is inside",
    fix: UP,
    fixElsewhere: `kubectl create namespace {source} && ${RESTART}`,
    needs: ["sources"],
    follows: ["namespace-missing"],
    find: ({ read: { sources = [] } }) =>
      sources
        .filter(({ exists }) => !exists)
        .map(({ name }) => ({ what: `Namespace ${name}`, seen: "not found", names: { source: name } })),
  },
  {
    code: "mapping-invalid",
    section: "from-host",
    severity: "error",
    healthy: "the mappings have a valid form",
    cause: "the control plane runs with a mapping that its syncer does not understand, and ends at its start",
    fix: UP,
    fixElsewhere: "helm get values {release} -n {namespace} -o yaml | grep -A5 mappings",
    page: "docs/configuration.md#sync",
    needs: ["values"],
    find: (snapshot) =>
      eachMapping(snapshot, (kind, key, value) => {
        const mistake = mappingMistake(key, value);
        return mistake === undefined ? [] : [{ what: `mapping ${kind} "${key}": "${value}"`, seen: mistake }];
      }),
  },
  {
    code: "mapping-target-shared",
    section: "from-host",
    severity: "error",
    healthy: "no two mappings write to one place",
    cause:
      "two mappings of one kind have one target: the syncer finds one of their sources and overwrites the other's copies",
    fix: UP,
    fixElsewhere: "helm get values {release} -n {namespace} -o yaml | grep -A5 mappings",
    page: "docs/configuration.md#sync",
    needs: ["values"],
    follows: ["mapping-invalid"],
    find: (snapshot) => {
      const taken = new Map<string, string>();
      return eachMapping(snapshot, (kind, key, value) =>
        targetsOf(key, value).flatMap((target): Sighting[] => {
          const before = taken.get(`${kind} ${target}`);
          taken.set(`${kind} ${target}`, key);
          if (before === undefined || before === key) return [];
          return [{ what: `mapping ${kind} "${key}": "${value}"`, seen: `"${before}" has the target ${target} too` }];
        }),
      );
    },
  },
  {
    code: "scheduler-without-nodes",
    section: "from-host",
    severity: "error",
    healthy: "the virtual scheduler has nodes",
    cause:
      "the virtual scheduler is enabled and nodes are not synced from the host: the control plane ends at its start",
    fix: UP,
    fixElsewhere:
      "helm upgrade {release} vcluster --repo https://charts.loft.sh -n {namespace} --reuse-values --set sync.fromHost.nodes.enabled=true",
    page: "docs/configuration.md#controlplane",
    needs: ["values"],
    find: (snapshot) => {
      const scheduler = SCHEDULERS.find((path) => isOn(snapshot, path));
      if (scheduler === undefined || isOn(snapshot, "sync.fromHost.nodes.enabled")) return [];
      return [
        {
          what: `values of ${snapshot.names.release}`,
          seen: `${scheduler} is true, sync.fromHost.nodes.enabled is not`,
        },
      ];
    },
  },
  {
    code: "syncer-rights-missing",
    section: "from-host",
    severity: "error",
    healthy: "the syncer may do on the host what it needs",
    cause:
      "a role or binding of the syncer's service account was changed or deleted: what it may not read or make is not synced",
    fix: UP,
    fixElsewhere: REAPPLY,
    page: "docs/security.md",
    needs: ["syncerRights"],
    follows: ["namespace-missing", "source-namespace-missing"],
    find: ({ read: { syncerRights = [] }, names }) =>
      syncerRights.map(({ namespace, right }) => ({
        what: `ServiceAccount ${names.namespace}/${names.syncer}`,
        seen: `it may not ${right} ${namespace === "" ? "on the host" : `in ${namespace}`}`,
      })),
  },
  {
    code: "nodes-not-synced",
    section: "from-host",
    severity: "error",
    healthy: "the nodes of the host are inside",
    cause:
      "nodes are synced by the configuration and the virtual cluster has none: pods with node selectors stay Pending",
    fix: RESTART,
    needs: ["values", "nodes", "insideNodes"],
    follows: [...BEFORE, "syncer-rights-missing", "scheduler-without-nodes"],
    applies: (snapshot) => isOn(snapshot, "sync.fromHost.nodes.enabled"),
    find: ({ read: { nodes = [], insideNodes = [] }, names }) => {
      const inside = insideNodes.map(nameOf);
      if (nodes.length === 0 || nodes.some((node) => inside.includes(nameOf(node)))) return [];
      return [
        { what: `virtual cluster ${names.release}`, seen: `it has ${inside.length} nodes, the host ${nodes.length}` },
      ];
    },
  },
  {
    code: "ingress-classes-not-synced",
    section: "from-host",
    severity: "error",
    healthy: "the IngressClasses of the host are inside",
    cause:
      "the host has IngressClasses and the virtual cluster has none: tenants' Ingresses name a class that is not there",
    fix: RESTART,
    needs: ["values", "ingressClasses", "insideIngressClasses"],
    follows: [...BEFORE, "syncer-rights-missing", "ingress-class-missing"],
    applies: (snapshot) => isOn(snapshot, "sync.fromHost.ingressClasses.enabled"),
    find: ({ read: { ingressClasses = [], insideIngressClasses = [] }, names }) => {
      if (ingressClasses.length === 0 || insideIngressClasses.length > 0) return [];
      return [
        {
          what: `virtual cluster ${names.release}`,
          seen: `no IngressClass is inside, the host has ${ingressClasses.map(nameOf).join(", ")}`,
        },
      ];
    },
  },
  {
    code: "source-not-copied",
    section: "from-host",
    severity: "error",
    healthy: "mapped Secrets and ConfigMaps of the host are inside",
    cause: "a Secret or ConfigMap in a mapped namespace of the host has no copy in the virtual cluster",
    fix: RESTART,
    page: "docs/configuration.md#sync",
    needs: ["values", "sources", "copies"],
    follows: [
      ...BEFORE,
      "syncer-rights-missing",
      "mapping-invalid",
      "mapping-target-shared",
      "source-namespace-missing",
    ],
    find: (snapshot) => {
      const { sources = [], copies, state } = snapshot.read;
      if (copies === undefined) return [];
      const { secrets, configMaps } = mappingsOf(state?.values);
      return sources.flatMap((source) => [
        ...uncopied(snapshot, "Secret", source.secrets, secrets, copies.secrets),
        ...uncopied(snapshot, "ConfigMap", source.configMaps, configMaps, copies.configMaps),
      ]);
    },
  },
  {
    code: "mapping-without-sync",
    section: "from-host",
    severity: "warning",
    healthy: "the mappings of the configuration are those that run",
    cause: "the control plane runs with other mappings than the configuration has: an update was not made, or failed",
    fix: UP,
    needs: ["values"],
    follows: ["control-plane", "mapping-invalid", "mapping-target-shared"],
    applies: ({ expected, read }) => expected !== undefined && read.state?.values !== undefined,
    find: ({ expected, read: { state } }) => {
      const running: Mappings = mappingsOf(state?.values);
      return (["secrets", "configMaps"] as const).flatMap((kind) => {
        const configured = expected?.sync[kind] ?? {};
        const keys = new Set([...Object.keys(configured), ...Object.keys(running[kind])]);
        return [...keys]
          .filter((key) => configured[key] !== running[kind][key])
          .map((key) => ({
            what: `mapping ${kind} "${key}"`,
            seen: `${configured[key] ?? "none"} is configured, ${running[kind][key] ?? "none"} runs`,
          }));
      });
    },
  },
];

function eachMapping({ read }: Snapshot, look: (kind: string, key: string, value: string) => Sighting[]): Sighting[] {
  const mappings = mappingsOf(read.state?.values);
  return (["secrets", "configMaps"] as const).flatMap((kind) =>
    Object.entries(mappings[kind]).flatMap(([key, value]) => look(kind, key, value)),
  );
}

/** Objects of a source namespace that a mapping copies and that have no copy. Their data was never read. */
function uncopied(
  { names, now }: Snapshot,
  kind: string,
  objects: Source["secrets"],
  mappings: Mappings["secrets"],
  copies: ReadonlySet<string>,
): Sighting[] {
  return objects.flatMap((object: KubeObject) => {
    const [namespace, name] = [namespaceOf(object), nameOf(object)];
    const target = targetOf(mappings, namespace, name, names.namespace);
    if (target === undefined || NOT_COPIED.includes(name) || copies.has(target)) return [];
    // The environment's own namespace is full of what vCluster itself makes.
    if (namespace === names.namespace && Object.keys(mappings).some((key) => sourceNamespace(key) === "" && key === ""))
      return [];
    if (ageSeconds(text(object, "metadata.creationTimestamp"), now) < SYNC_SECONDS) return [];
    return [{ what: `${kind} ${namespace}/${name}`, seen: `there is no ${target} in the virtual cluster` }];
  });
}
