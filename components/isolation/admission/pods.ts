import type { Settings } from "../../config/defaults";
import { ifSet, isUnchanged, list, POD_KINDS, type Rule, text, when } from "./rule";

/** Kinds of volumes that need nothing but the environment's own objects and the node's disk. */
const VOLUMES = [
  "configMap",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;

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
      message: `volumes of pods are of the kinds ${volumes.join(", ")}`,
      key: "isolation.allow.volumes",
    },
    ...when(allow.csiDrivers.length > 0, {
      name: "pod-csi-drivers",
      kinds: PODS,
      onCreate: true,
      allows: ifSet(
        "object.spec.volumes",
        `object.spec.volumes.all(v, !has(v.csi) || v.csi.driver in ${list(allow.csiDrivers)})`,
      ),
      message: `volumes of pods are by the CSI drivers ${allow.csiDrivers.join(", ")}`,
      key: "isolation.allow.csiDrivers",
    }),
    {
      name: "pod-priority-class",
      kinds: PODS,
      onCreate: true,
      allows: `has(object.spec.priorityClassName) && object.spec.priorityClassName in ${list(priorities)}`,
      message: `pods have the priority class ${priorities.join(" or ")}`,
      key: "isolation.allow.priorityClasses",
    },
    // Who copies the classes of the host lets tenants choose among them.
    ...when(env.sync.fromHost.runtimeClasses !== true, {
      name: "pod-runtime-class",
      kinds: PODS,
      onCreate: true,
      allows: ifSet("object.spec.runtimeClassName", `object.spec.runtimeClassName in ${list(allow.runtimeClasses)}`),
      message: `pods have ${["no runtime class", ...allow.runtimeClasses].join(" or ")}`,
      key: "isolation.allow.runtimeClasses",
    }),
    {
      name: "pod-grace-period",
      kinds: PODS,
      field: "spec.terminationGracePeriodSeconds",
      allows: `object.spec.terminationGracePeriodSeconds <= ${objectLimits.gracePeriodSeconds}`,
      message: `pods end within ${objectLimits.gracePeriodSeconds} seconds (terminationGracePeriodSeconds), so that an environment can be destroyed`,
      key: "isolation.objectLimits.gracePeriodSeconds",
    },
    {
      name: "pod-probe-hosts",
      kinds: PODS,
      onCreate: true,
      allows: ["containers", "initContainers"].map(probesStayInside).join(" && "),
      message:
        "probes and lifecycle hooks of containers have no host: the node would connect there, past network policies",
    },
    {
      name: "pod-owner",
      kinds: POD_KINDS,
      allows: `${text(managedBy)} in variables.labels && variables.labels[${text(managedBy)}] == ${text(env.names.release)} && !('release' in variables.labels)`,
      message: `pods have the label ${managedBy}: ${env.names.release} and none of the control plane's: network policies tell them apart by these`,
    },
    {
      name: "pod-debug-containers",
      kinds: ["pods", "pods/ephemeralcontainers"],
      field: "spec.ephemeralContainers",
      allows: `size(object.spec.ephemeralContainers) <= ${objectLimits.ephemeralContainers}`,
      message: `a pod has at most ${objectLimits.ephemeralContainers} ephemeral containers`,
      key: "isolation.objectLimits.ephemeralContainers",
    },
    {
      name: "pod-addresses",
      kinds: ["pods/status"],
      // Kubernetes makes endpoints of them, whatever the pod really has.
      allows: ["podIP", "podIPs", "hostIP", "hostIPs"].map((one) => `(${isUnchanged(`status.${one}`)})`).join(" && "),
      message: "addresses in the status of a pod are written by its node",
    },
  ];
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
