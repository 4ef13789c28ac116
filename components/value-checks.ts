import { checkSchema } from "./chart-schema";
import type { Settings } from "./defaults";
import { expect, type Finding, join, shown } from "./findings";
import { FROM_HOST, TO_HOST } from "./kinds";
import { checkLoosening } from "./isolation-checks";
import { at, get, isOn, merge, nullsWithoutTarget, type Tree } from "./merge";
import { environmentNames } from "./names";
import { paidValues } from "./paid-values";
import { typedValues } from "./values";

/** Chart values that have a key of their own in the configuration. */
export const OWN_KEYS: Readonly<Record<string, string>> = {
  "controlPlane.distro.k8s.image.tag": "kubernetesVersion",
  "controlPlane.statefulSet.image.registry": "image.registry",
  "controlPlane.statefulSet.image.repository": "image.repository",
  "controlPlane.statefulSet.image.tag": "image.tag",
  "controlPlane.statefulSet.resources.requests.cpu": "controlPlane.requests.cpu",
  "controlPlane.statefulSet.resources.requests.memory": "controlPlane.requests.memory",
  "controlPlane.statefulSet.resources.limits.cpu": "controlPlane.limits.cpu",
  "controlPlane.statefulSet.resources.limits.memory": "controlPlane.limits.memory",
  "controlPlane.statefulSet.persistence.volumeClaim.size": "persistence.size",
  "controlPlane.statefulSet.persistence.volumeClaim.storageClass": "persistence.storageClass",
  "controlPlane.statefulSet.persistence.volumeClaim.accessModes": "persistence.accessModes",
  "controlPlane.statefulSet.persistence.volumeClaim.retentionPolicy": "persistence.retain",
  "controlPlane.distro.k8s.scheduler.enabled": "controlPlane.virtualScheduler",
  ...Object.fromEntries(
    ["nodeSelector", "tolerations", "affinity"].map((key) => [
      `controlPlane.statefulSet.scheduling.${key}`,
      `controlPlane.${key}`,
    ]),
  ),
  "controlPlane.statefulSet.scheduling.priorityClassName": "controlPlane.priorityClass",
  ...Object.fromEntries(
    ["liveness", "readiness", "startup"].flatMap((probe) =>
      ["enabled", "periodSeconds", "timeoutSeconds", "failureThreshold"].map((key) => [
        `controlPlane.statefulSet.probes.${probe}Probe.${key}`,
        `controlPlane.probes.${probe}.${key}`,
      ]),
    ),
  ),
  ...Object.fromEntries(FROM_HOST.map((kind) => [`sync.fromHost.${kind}.enabled`, `sync.fromHost.${kind}`])),
  ...Object.fromEntries(TO_HOST.map((kind) => [`sync.toHost.${kind}.enabled`, `sync.toHost.${kind}`])),
};

/** Each of these makes the virtual cluster choose nodes itself. */
const SCHEDULERS = [
  "controlPlane.distro.k8s.scheduler.enabled",
  "controlPlane.advanced.virtualScheduler.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
];

const POD_SECURITY = ["privileged", "baseline", "restricted"];

/** Free values, and what they are together with those that the typed keys make. */
interface Checked {
  readonly s: Settings;
  readonly free: Tree;
  readonly typed: Tree;
  /** What the chart gets, its own defaults aside. */
  readonly finished: Tree;
}

const checks: readonly ((values: Checked) => Finding[])[] = [
  uselessNulls,
  untypedMappings,
  contradictions,
  withoutVolume,
  schedulerWithoutNodes,
  kindsInConflict,
  ({ finished }) => paidValues(finished),
  ({ s, finished }) => checkLoosening(s, finished),
  uncoveredHosts,
  ({ finished }) => {
    const replicas = get(finished, "controlPlane.statefulSet.highAvailability.replicas");
    const etcd = isOn(get(finished, "controlPlane.backingStore.etcd.deploy.enabled"));
    return expect(etcd || typeof replicas !== "number" || replicas <= 1, {
      path: "values.controlPlane.statefulSet.highAvailability.replicas",
      problem: `${shown(replicas)} control planes cannot share the embedded database, and none of them starts`,
      allowed: "1, or more with controlPlane.backingStore.etcd.deploy.enabled",
      fix: "remove it, or deploy etcd",
    });
  },
  ({ finished }) => {
    const level = get(finished, "policies.podSecurityStandard") ?? "";
    return expect(level === "" || POD_SECURITY.some((one) => one === level), {
      path: "values.policies.podSecurityStandard",
      problem: `${shown(level)} is no Pod Security Standard, and the control plane does not start`,
      allowed: POD_SECURITY.join(", "),
      fix: "choose one of these",
    });
  },
  ({ finished }) =>
    expect(
      !isOn(get(finished, "exportKubeConfig.secret")) || !isOn(get(finished, "exportKubeConfig.additionalSecrets")),
      {
        path: "values.exportKubeConfig.secret",
        problem: "the chart does not render with both this and exportKubeConfig.additionalSecrets",
        allowed: "one of the two",
        fix: "move it to exportKubeConfig.additionalSecrets",
      },
    ),
  ({ s, free, finished }) => checkSchema(s.chart, finished, free),
];

/**
 * Mistakes in the free chart values, which must be plain data here: what the Kubernetes provider, the chart or the
 * control plane (vCluster's `pkg/config/validation.go`) refuses or ignores, and what a typed key says otherwise.
 */
export function checkValues(s: Settings, free: Tree): Finding[] {
  const typed = typedValues(s);
  const values = { s, free, typed, finished: merge(typed, free) };
  return checks.flatMap((check) => check(values));
}

function uselessNulls({ typed, free }: Checked): Finding[] {
  return nullsWithoutTarget(typed, free).map((path) => ({
    path: path.reduce(join, "values"),
    problem: "null deletes nothing here: the Kubernetes provider drops nulls before Helm could delete a chart default",
    allowed: "null only for values that this program sets",
    fix: "set the value that the chart shall use instead",
  }));
}

function untypedMappings({ free }: Checked): Finding[] {
  return (["secrets", "configMaps"] as const).flatMap((kind) =>
    expect(at(free, "sync", "fromHost", kind) === undefined, {
      path: `values.sync.fromHost.${kind}`,
      problem: "it would change what is copied without the rights that belong to it",
      allowed: `mappings under sync.${kind}`,
      fix: `move it to sync.${kind}`,
    }),
  );
}

function contradictions({ typed, finished }: Checked): Finding[] {
  return Object.entries(OWN_KEYS).flatMap(([path, key]) => {
    const [said, is] = [get(typed, path), get(finished, path)];
    // A bare number is the same quantity.
    return expect(shown(said).replaceAll('"', "") === shown(is).replaceAll('"', ""), {
      path: `values.${path}`,
      problem: `it would be ${shown(is)}, and ${key} says ${shown(said)}`,
      allowed: `what ${key} says`,
      fix: `remove it, and set ${key}`,
    });
  });
}

function withoutVolume({ finished }: Checked): Finding[] {
  const enabled = get(finished, "controlPlane.statefulSet.persistence.volumeClaim.enabled");
  return expect(isOn(enabled), {
    path: "values.controlPlane.statefulSet.persistence.volumeClaim.enabled",
    problem: "without a volume every change of the control plane would be a new, empty cluster",
    allowed: "true",
    fix: "remove it",
  });
}

function schedulerWithoutNodes({ free, finished }: Checked): Finding[] {
  const path = SCHEDULERS.find((switched) => isOn(get(finished, switched)));
  if (path === undefined || isOn(get(finished, "sync.fromHost.nodes.enabled"))) return [];
  // As whoever set it calls it.
  const scheduler = get(free, path) === undefined ? (OWN_KEYS[path] ?? path) : `values.${path}`;
  return [
    {
      path:
        get(free, "sync.fromHost.nodes.enabled") === undefined ? "sync.fromHost.nodes" : "values.sync.fromHost.nodes",
      problem: `${scheduler} is on, and without nodes the control plane does not start`,
      allowed: "true while a virtual scheduler is on",
      fix: `remove it, or set ${scheduler} to false`,
    },
  ];
}

/** Kinds that the control plane copies in one direction at most, and kinds that it copies together or not at all. */
function kindsInConflict({ finished }: Checked): Finding[] {
  const on = (key: string) => isOn(get(finished, `${key}.enabled`));
  const bothWays = ["storageClasses", "priorityClasses"].flatMap((kind) =>
    expect(!on(`sync.fromHost.${kind}`) || !on(`sync.toHost.${kind}`), {
      path: `sync.toHost.${kind}`,
      problem: `sync.fromHost.${kind} is on too, and with both the control plane does not start`,
      allowed: "one of the two",
      fix: "switch one of them off",
    }),
  );
  const [snapshots, contents] = ["sync.toHost.volumeSnapshots", "sync.toHost.volumeSnapshotContents"] as const;
  const apart = expect(on(snapshots) === on(contents), {
    path: on(snapshots) ? contents : snapshots,
    problem: `${on(snapshots) ? snapshots : contents} is on, and with one alone the control plane does not start`,
    allowed: "both, or none",
    fix: "switch both on or off",
  });
  return [...bothWays, ...apart];
}

/** Addresses that are handed out and that the certificate would not be valid for. */
function uncoveredHosts({ s, free, finished }: Checked): Finding[] {
  const { release, namespace, inClusterHost, apiHost } = environmentNames(s.environment, s.domain);
  const sans = get(finished, "controlPlane.proxy.extraSANs");
  // The first three are in every certificate.
  const covered = [release, `${release}.${namespace}`, "localhost", ...(Array.isArray(sans) ? sans.map(String) : [])];
  const server = get(free, "exportKubeConfig.server");
  const exported = typeof server === "string" && URL.canParse(server) ? new URL(server).hostname : undefined;
  const missing = [...new Set([inClusterHost, apiHost, ...s.extraSans])].filter((host) => !isCovered(host, covered));
  return [
    ...missing.map((host) => ({
      path: "values.controlPlane.proxy.extraSANs",
      problem: `the certificate would not be valid for ${shown(host)}, which is handed out`,
      allowed: "a list with every name under which the API is handed out",
      fix: "remove it, and set extraSans",
    })),
    ...expect(exported === undefined || missing.includes(exported) || isCovered(exported, covered), {
      path: "values.exportKubeConfig.server",
      problem: `the certificate is not valid for ${shown(exported)}`,
      allowed: "a URL with a name that is in the certificate",
      fix: "add the name to extraSans",
    }),
  ];
}

/** As RFC 6125: a wildcard stands for one label. */
function isCovered(host: string, names: readonly string[]): boolean {
  return names.some(
    (name) => name === host || (name.startsWith("*.") && name.slice(1) === host.slice(host.indexOf("."))),
  );
}
