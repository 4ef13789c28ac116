import type { Settings } from "../../config/defaults";
import { ifSet, isUnchanged, list, orNone, POD_KINDS, type Rule, text, when } from "./rule";

/**
 * Kinds of volumes that need nothing but the environment's own objects and the node's disk. `ephemeral` is not among them: a
 * controller of the host makes its claim, which no rule looks at. vCluster replaces those of tenants by claims.
 */
const VOLUMES = ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"] as const;

const PODS = ["pods"];

/** What pods may be, besides what the Pod Security Standard of the namespace says. */
export function podRules(env: Settings): Rule[] {
  const { allow, objectLimits } = env.isolation;
  const volumes = [...new Set([...VOLUMES, ...allow.volumes, ...(allow.csiDrivers.length > 0 ? ["csi"] : [])])];
  const priorities = [env.names.workloadPriorityClass, ...allow.priorityClasses];
  const managedBy = "vcluster.loft.sh/managed-by";
  return [
    {
      name: "pod-volumes",
      kinds: PODS,
      onCreate: true,
      allows: ifSet("object.spec.volumes", `object.spec.volumes.all(v, v.all(k, k in ${list(["name", ...volumes])}))`),
      refuses: "volumes of other kinds in pods",
      refused: `object.spec.volumes.map(v, v.filter(k, !(k in ${list(["name", ...volumes])}))).filter(some, size(some) > 0).map(some, some.join(', '))`,
      allowed: volumes.join(", "),
      keys: ["isolation.allow.volumes"],
    },
    ...when(allow.csiDrivers.length > 0, {
      name: "pod-csi-drivers",
      kinds: PODS,
      onCreate: true,
      allows: ifSet(
        "object.spec.volumes",
        `object.spec.volumes.all(v, !has(v.csi) || v.csi.driver in ${list(allow.csiDrivers)})`,
      ),
      refuses: "volumes by other CSI drivers in pods",
      refused: `object.spec.volumes.filter(v, has(v.csi) && !(v.csi.driver in ${list(allow.csiDrivers)})).map(v, v.csi.driver)`,
      allowed: allow.csiDrivers.join(", "),
      keys: ["isolation.allow.csiDrivers"],
    }),
    {
      name: "pod-priority-class",
      kinds: PODS,
      onCreate: true,
      allows: `has(object.spec.priorityClassName) && object.spec.priorityClassName in ${list(priorities)}`,
      refuses: "priority classes of pods",
      refused: "[has(object.spec.priorityClassName) ? object.spec.priorityClassName : 'none']",
      allowed: ["the one that vCluster gives pods without any", ...allow.priorityClasses].join(", "),
      keys: ["isolation.allow.priorityClasses"],
    },
    // Who copies the classes of the host lets tenants choose among them.
    ...when(env.sync.fromHost.runtimeClasses !== true, {
      name: "pod-runtime-class",
      kinds: PODS,
      onCreate: true,
      allows: ifSet("object.spec.runtimeClassName", `object.spec.runtimeClassName in ${list(allow.runtimeClasses)}`),
      refuses: "runtime classes of pods",
      refused: "[object.spec.runtimeClassName]",
      allowed: orNone(allow.runtimeClasses),
      keys: ["isolation.allow.runtimeClasses"],
    }),
    {
      name: "pod-grace-period",
      kinds: PODS,
      field: "spec.terminationGracePeriodSeconds",
      allows: `object.spec.terminationGracePeriodSeconds <= ${objectLimits.gracePeriodSeconds}`,
      refuses: "longer grace periods of pods (terminationGracePeriodSeconds), which delay the end of the environment,",
      refused: "[string(object.spec.terminationGracePeriodSeconds)]",
      allowed: `up to ${objectLimits.gracePeriodSeconds} seconds`,
      keys: ["isolation.objectLimits.gracePeriodSeconds"],
    },
    {
      name: "pod-probe-hosts",
      kinds: PODS,
      onCreate: true,
      allows: ["containers", "initContainers"].map(probesStayInside).join(" && "),
      refuses: "probes and lifecycle hooks with a host, to which the node would connect past network policies,",
      allowed: "those without a host, which connect to the pod itself",
      keys: [],
    },
    {
      name: "pod-owner",
      kinds: POD_KINDS,
      allows: `${text(managedBy)} in variables.labels && variables.labels[${text(managedBy)}] == ${text(env.names.release)} && !('release' in variables.labels)`,
      refuses: `changes of labels by which network policies tell environments apart (release, ${managedBy})`,
      allowed: "the labels that vCluster gives each pod",
      keys: [],
    },
    {
      // The host's scheduler holds every new pod against the required anti-affinity of all others. vCluster gives none of these.
      name: "pod-affinity",
      kinds: PODS,
      onCreate: true,
      field: "spec.affinity",
      allows: ["podAffinity", "podAntiAffinity"].map(staysInNamespace).join(" && "),
      refuses: "affinity and anti-affinity of pods with other namespaces (namespaces, namespaceSelector)",
      allowed: "terms about pods of the environment",
      keys: [],
    },
    {
      name: "pod-debug-containers",
      kinds: ["pods", "pods/ephemeralcontainers"],
      field: "spec.ephemeralContainers",
      allows: `size(object.spec.ephemeralContainers) <= ${objectLimits.ephemeralContainers}`,
      refuses: "pods with more ephemeral containers",
      refused: "[string(size(object.spec.ephemeralContainers))]",
      allowed: `up to ${objectLimits.ephemeralContainers}`,
      keys: ["isolation.objectLimits.ephemeralContainers"],
    },
    {
      name: "pod-addresses",
      kinds: ["pods/status"],
      // Kubernetes makes endpoints of them, whatever the pod really has.
      allows: ["podIP", "podIPs", "hostIP", "hostIPs"].map((one) => `(${isUnchanged(`status.${one}`)})`).join(" && "),
      refuses: "changes of addresses in the status of a pod",
      allowed: "the addresses that its node writes",
      keys: [],
    },
  ];
}

function staysInNamespace(affinity: string): string {
  const path = `object.spec.affinity.${affinity}`;
  const inside = (term: string) =>
    `(!has(${term}.namespaces) || size(${term}.namespaces) == 0) && !has(${term}.namespaceSelector)`;
  const all = (field: string, term: string) => `(!has(${path}.${field}) || ${path}.${field}.all(t, ${inside(term)}))`;
  const required = all("requiredDuringSchedulingIgnoredDuringExecution", "t");
  const preferred = all("preferredDuringSchedulingIgnoredDuringExecution", "t.podAffinityTerm");
  return `(!has(${path}) || (${required} && ${preferred}))`;
}

function probesStayInside(containers: string): string {
  const handler = (path: string) =>
    `(!has(${path}.httpGet) || !has(${path}.httpGet.host)) && (!has(${path}.tcpSocket) || !has(${path}.tcpSocket.host))`;
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(
    (probe) => `(!has(c.${probe}) || (${handler(`c.${probe}`)}))`,
  );
  const hooks = ["postStart", "preStop"].map(
    (hook) => `(!has(c.lifecycle) || !has(c.lifecycle.${hook}) || (${handler(`c.lifecycle.${hook}`)}))`,
  );
  return `(${ifSet(`object.spec.${containers}`, `object.spec.${containers}.all(c, ${[...probes, ...hooks].join(" && ")})`)})`;
}
