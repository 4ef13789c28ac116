import { check, format, join, type Problem } from "../../shared/errors";
import { getIn, getPath, isEnabled, type JsonObject, merge, nullsWithoutTarget } from "../../shared/json";
import { isCovered } from "../../shared/rfc1123";
import { isOpenSource, proValues } from "../../shared/vcluster/pro-features";
import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { KEY_OF_VALUE } from "../config/chart-keys";
import type { Settings } from "../config/defaults";
import { checkLoosening } from "../isolation/validate";
import { environmentNames } from "../names";
import { generatedValues } from "./values";
import { checkSchema } from "./values-schema";

const POD_SECURITY = ["privileged", "baseline", "restricted"];

/** Free values, and what they are together with those that the typed keys make. */
interface Checked {
  readonly s: Settings;
  readonly free: JsonObject;
  readonly typed: JsonObject;
  /** What the chart gets, its own defaults aside. */
  readonly finished: JsonObject;
}

const checks: readonly ((values: Checked) => Problem[])[] = [
  uselessNulls,
  untypedMappings,
  contradictions,
  withoutVolume,
  schedulerWithoutNodes,
  kindsInConflict,
  proFeatures,
  ({ s, finished }) => checkLoosening(s, finished),
  uncoveredHosts,
  ({ finished }) => {
    const replicas = getPath(finished, "controlPlane.statefulSet.highAvailability.replicas");
    const etcd = isEnabled(getPath(finished, "controlPlane.backingStore.etcd.deploy.enabled"));
    return check(etcd || typeof replicas !== "number" || replicas <= 1, {
      path: "values.controlPlane.statefulSet.highAvailability.replicas",
      code: "replicas-without-etcd",
      problem: `${format(replicas)} control planes cannot share the embedded database and would not start`,
      allowed: "1, or more with controlPlane.backingStore.etcd.deploy.enabled",
      fix: "remove it, or deploy etcd",
    });
  },
  ({ finished }) => {
    const level = getPath(finished, "policies.podSecurityStandard") ?? "";
    return check(level === "" || POD_SECURITY.some((item) => item === level), {
      path: "values.policies.podSecurityStandard",
      code: "pod-security-unknown",
      problem: `${format(level)} is not a Pod Security Standard; the control plane would not start`,
      allowed: POD_SECURITY.join(", "),
      fix: "choose one of these",
    });
  },
  ({ finished }) =>
    check(
      !isEnabled(getPath(finished, "exportKubeConfig.secret")) ||
        !isEnabled(getPath(finished, "exportKubeConfig.additionalSecrets")),
      {
        path: "values.exportKubeConfig.secret",
        code: "kubeconfig-exported-twice",
        problem: "conflicts with exportKubeConfig.additionalSecrets; the chart does not render",
        allowed: "one of the two",
        fix: "move it to exportKubeConfig.additionalSecrets",
      },
    ),
  ({ s, free, finished }) => checkSchema(s.chart, finished, free),
];

/**
 * Problems in the free chart values, which must be plain data here: what the Kubernetes provider, the chart or the
 * control plane (vCluster's `pkg/config/validation.go`) refuses or ignores, and what a typed key says otherwise.
 */
export function checkValues(s: Settings, free: JsonObject): Problem[] {
  const typed = generatedValues(s);
  const values = { s, free, typed, finished: merge(typed, free) };
  return checks.flatMap((check) => check(values));
}

function uselessNulls({ typed, free }: Checked): Problem[] {
  return nullsWithoutTarget(typed, free).map((path) => ({
    path: path.reduce(join, "values"),
    code: "null-without-effect",
    problem: "null has no effect here: the Kubernetes provider drops nulls before Helm could remove the chart default",
    allowed: "null only for values that this program sets",
    fix: "set the value to use instead",
  }));
}

function untypedMappings({ free }: Checked): Problem[] {
  return (["secrets", "configMaps"] as const).flatMap((kind) =>
    check(getIn(free, "sync", "fromHost", kind) === undefined, {
      path: `values.sync.fromHost.${kind}`,
      code: "mappings-in-values",
      problem: "changes what is synced without granting the matching RBAC rules",
      allowed: `mappings under sync.${kind}`,
      fix: `move it to sync.${kind}`,
    }),
  );
}

function contradictions({ typed, finished }: Checked): Problem[] {
  return Object.entries(KEY_OF_VALUE).flatMap(([path, key]) => {
    const [configured, actual] = [getPath(typed, path), getPath(finished, path)];
    // A bare number is the same quantity.
    return check(format(configured).replaceAll('"', "") === format(actual).replaceAll('"', ""), {
      path: `values.${path}`,
      code: "value-conflict",
      problem: `conflicts with ${key}: ${format(actual)} here, ${format(configured)} there`,
      allowed: `the value of ${key}`,
      fix: `remove it, and set ${key}`,
    });
  });
}

function withoutVolume({ finished }: Checked): Problem[] {
  const enabled = getPath(finished, "controlPlane.statefulSet.persistence.volumeClaim.enabled");
  return check(isEnabled(enabled), {
    path: "values.controlPlane.statefulSet.persistence.volumeClaim.enabled",
    code: "volume-disabled",
    problem: "without a volume, the control plane would lose all data when its pod is recreated",
    allowed: "true",
    fix: "remove it",
  });
}

function schedulerWithoutNodes({ free, finished }: Checked): Problem[] {
  const path = SCHEDULERS.find((switched) => isEnabled(getPath(finished, switched)));
  if (path === undefined || isEnabled(getPath(finished, "sync.fromHost.nodes.enabled"))) return [];
  // Under the key that the user set.
  const scheduler = getPath(free, path) === undefined ? (KEY_OF_VALUE[path] ?? path) : `values.${path}`;
  return [
    {
      path:
        getPath(free, "sync.fromHost.nodes.enabled") === undefined
          ? "sync.fromHost.nodes"
          : "values.sync.fromHost.nodes",
      code: "scheduler-without-nodes",
      problem: `${scheduler} is enabled and requires nodes; the control plane would not start`,
      allowed: "true while a virtual scheduler is enabled",
      fix: `remove it, or set ${scheduler} to false`,
    },
  ];
}

/** Paid features that the values ask for on the open source image. */
function proFeatures({ finished }: Checked): Problem[] {
  const image = String(getPath(finished, "controlPlane.statefulSet.image.repository"));
  if (!isOpenSource(image)) return [];
  return proValues((path) => getPath(finished, path)).map((path): Problem => ({
    path: `values.${path}`,
    code: "pro-feature",
    problem: `the image ${format(image)} does not include this Pro feature and rejects or ignores it`,
    allowed: "open source features",
    fix: "remove it, or set image.repository to an image with the feature",
  }));
}

/** Kinds that the control plane copies in one direction at most, and kinds that it copies together or not at all. */
function kindsInConflict({ finished }: Checked): Problem[] {
  const on = (key: string) => isEnabled(getPath(finished, `${key}.enabled`));
  const bothWays = ["storageClasses", "priorityClasses"].flatMap((kind) =>
    check(!on(`sync.fromHost.${kind}`) || !on(`sync.toHost.${kind}`), {
      path: `sync.toHost.${kind}`,
      code: "synced-both-ways",
      problem: `sync.fromHost.${kind} is enabled too; with both, the control plane does not start`,
      allowed: "one of the two",
      fix: "disable one of them",
    }),
  );
  const [snapshots, contents] = ["sync.toHost.volumeSnapshots", "sync.toHost.volumeSnapshotContents"] as const;
  const apart = check(on(snapshots) === on(contents), {
    path: on(snapshots) ? contents : snapshots,
    code: "snapshots-incomplete",
    problem: `${on(snapshots) ? snapshots : contents} is enabled; with only one of them, the control plane does not start`,
    allowed: "both or neither",
    fix: "enable or disable both",
  });
  return [...bothWays, ...apart];
}

/** Addresses that are handed out and that the certificate would not be valid for. */
function uncoveredHosts({ s, free, finished }: Checked): Problem[] {
  const { release, namespace, inClusterHost, apiHost } = environmentNames(s.environment, s.domain);
  const sans = getPath(finished, "controlPlane.proxy.extraSANs");
  // The first three are in every certificate.
  const covered = [release, `${release}.${namespace}`, "localhost", ...(Array.isArray(sans) ? sans.map(String) : [])];
  const server = getPath(free, "exportKubeConfig.server");
  const exported = typeof server === "string" && URL.canParse(server) ? new URL(server).hostname : undefined;
  const missing = [...new Set([inClusterHost, apiHost, ...s.extraSans])].filter((host) => !isCovered(host, covered));
  return [
    ...missing.map((host): Problem => ({
      path: "values.controlPlane.proxy.extraSANs",
      code: "san-missing",
      problem: `the certificate would not be valid for ${format(host)}, which clients use`,
      allowed: "a list with every host name that clients use",
      fix: "remove it, and set extraSans",
    })),
    ...check(exported === undefined || missing.includes(exported) || isCovered(exported, covered), {
      path: "values.exportKubeConfig.server",
      code: "server-not-in-certificate",
      problem: `the certificate is not valid for ${format(exported)}`,
      allowed: "a URL with a host name in the certificate",
      fix: "add the name to extraSans",
    }),
  ];
}
