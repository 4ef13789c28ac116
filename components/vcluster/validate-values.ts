import { isDeepStrictEqual } from "node:util";

import { check, format, join, type Problem, withOthers } from "../../shared/errors";
import { getIn, getPath, isEnabled, isPlainObject, type JsonObject, nullsWithoutTarget } from "../../shared/json";
import { isCovered } from "../../shared/rfc1123";
import { certificateNames } from "../../shared/vcluster/api";
import { isOpenSource } from "../../shared/vcluster/open-source";
import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { minorOf, missingValues, proValues } from "../../shared/vcluster/versions";
import { chartKeys, KEY_OF_VALUE, valuesOf } from "../config/chart-keys";
import { type Settings, usesEtcd } from "../config/defaults";
import { checkOwners, checkSyncedPods } from "../isolation/admission/validate";
import { checkSyncedKinds } from "../isolation/validate";
import { API_SERVER_FLAGS, generatedValues, mergedValues, requiredGates } from "./values";
import { checkSchema } from "./values-schema";

const POD_SECURITY = ["privileged", "baseline", "restricted"];
const K3S = "controlPlane.distro.k3s";
const STORE = "controlPlane.backingStore";
/** Switches of the chart's backing stores; without one of them it is the embedded database. */
const STORES = ["database.embedded", "database.external", "etcd.deploy", "etcd.embedded", "etcd.external"];

/**
 * Problems in the user's chart values, which must be plain data here: what the Kubernetes provider, the chart or the
 * control plane (vCluster's `pkg/config/validation.go`) refuses or ignores, and what contradicts another key.
 *
 * @param overrides the key `values`; merged over what the other keys generate, it is what the chart gets
 */
export function checkValues(env: Settings, overrides: JsonObject): Problem[] {
  const generated = generatedValues(env);
  const merged = mergedValues(generated, overrides);
  const enabled = (path: string) => isEnabled(getPath(merged, path));
  const podSecurity = getPath(merged, "policies.podSecurityStandard") ?? "";
  return withOthers(notInChart(env.chart, overrides), [
    ...nullsWithoutTarget(generated, overrides).map((path): Problem => ({
      path: path.reduce(join, "values"),
      code: "null-without-effect",
      problem:
        "null has no effect here: the Kubernetes provider drops nulls before Helm could remove the chart default",
      allowed: "null only for values that this program sets",
      fix: "set the value to use instead",
    })),
    ...["secrets", "configMaps"].flatMap((kind) =>
      check(isDeepStrictEqual(getPath(merged, `sync.fromHost.${kind}`), getPath(generated, `sync.fromHost.${kind}`)), {
        path: `values.sync.fromHost.${kind}`,
        code: "mappings-in-values",
        problem: "changes what is synced without granting the matching RBAC rules",
        allowed: `mappings under sync.${kind}`,
        fix: `move it to sync.${kind}`,
      }),
    ),
    ...contradictions(env, generated, merged),
    ...valuesOf(
      { value: "controlPlane.statefulSet.persistence.volumeClaim.enabled", etcd: true },
      usesEtcd(env),
    ).flatMap((path) =>
      check(enabled(path), {
        path: `values.${path}`,
        code: "volume-disabled",
        problem: "without a volume, the control plane would lose all data when its pod is recreated",
        allowed: "true",
        fix: "remove it",
      }),
    ),
    ...schedulerWithoutNodes(overrides, merged),
    ...selectorWithoutNodes(merged),
    ...kindsInConflict(enabled),
    ...proFeatures(env.chart, merged),
    ...checkSyncedKinds(env, merged),
    ...checkSyncedPods(env, merged),
    ...checkOwners(env, merged),
    ...uncoveredHosts(env, overrides, merged),
    ...check(enabled("sync.toHost.pods.useSecretsForSATokens"), {
      path: "values.sync.toHost.pods.useSecretsForSATokens",
      code: "tokens-in-annotations",
      problem:
        "the token of each pod's service account would be in an annotation of its host pod, which others can read",
      allowed: "true",
      fix: "remove it",
    }),
    ...checkStore(env, enabled),
    ...check(podSecurity === "" || POD_SECURITY.some((level) => level === podSecurity), {
      path: "values.policies.podSecurityStandard",
      code: "pod-security-unknown",
      problem: `${format(podSecurity)} is not a Pod Security Standard; the control plane would not start`,
      allowed: POD_SECURITY.join(", "),
      fix: "choose one of these",
    }),
    ...check(!enabled("exportKubeConfig.secret") || !enabled("exportKubeConfig.additionalSecrets"), {
      path: "values.exportKubeConfig.secret",
      code: "kubeconfig-exported-twice",
      problem: "conflicts with exportKubeConfig.additionalSecrets; the chart does not render",
      allowed: "one of the two",
      fix: "move it to exportKubeConfig.additionalSecrets",
    }),
    ...checkGates(env, merged),
    ...checkSchema(env.chart, merged, overrides),
  ]);
}

/** Values that the chart's version does not have: Helm refuses them, or a template of the chart. */
function notInChart({ version }: Settings["chart"], overrides: JsonObject): Problem[] {
  return missingValues(version, (path) => getPath(overrides, path)).map(({ path, charts, instead }) => ({
    path: `values.${path}`,
    code: "value-not-in-chart",
    problem: `chart ${minorOf(version) ?? version} has no such value`,
    allowed: `this value in ${charts}`,
    fix: instead === undefined ? "remove it" : `remove it, or use ${instead}`,
  }));
}

/** Flags by which the API server would have a feature that has to be off. */
function checkGates(env: Settings, merged: JsonObject): Problem[] {
  const path = isEnabled(getPath(merged, `${K3S}.enabled`)) ? `${K3S}.extraArgs` : API_SERVER_FLAGS;
  const flags = getPath(merged, path);
  const text = Array.isArray(flags) ? flags.join(" ") : "";
  return requiredGates(env).flatMap((gate) => {
    // Kubernetes takes spaces on both sides.
    const settings = [...text.matchAll(new RegExp(`\\b${gate}\\s*=\\s*(\\w+)`, "g"))].map(([, setting]) => setting);
    return check(settings.length > 0 && settings.every((setting) => setting === "false"), {
      path: `values.${path}`,
      code: "feature-gate-required",
      problem: `without the feature gate ${gate}=false, pods of the environment can end the host's Argo CD`,
      allowed: "other flags, which are added to those of this program",
      fix:
        path === API_SERVER_FLAGS
          ? `remove ${gate} from the feature gates, and null from the values`
          : `add --kube-apiserver-arg=feature-gates=${gate}=false, or remove ${K3S}`,
    });
  });
}

/** The store that the values choose, which the number of replicas decides. */
function checkStore(env: Settings, enabled: (path: string) => boolean): Problem[] {
  const { replicas } = env.controlPlane;
  const chosen = STORES.filter((store) => enabled(`${STORE}.${store}.enabled`));
  return [
    ...check(chosen.length <= 1, {
      path: `values.${STORE}`,
      code: "several-stores",
      problem: `${chosen.join(" and ")} are enabled; the chart does not render`,
      allowed: "one of them",
      fix: usesEtcd(env) ? "remove it: controlPlane.replicas deploys etcd" : "disable all but one",
    }),
    ...check(!usesEtcd(env) || !["", "database.embedded"].includes(chosen.join()), {
      path: `values.${STORE}`,
      code: "replicas-without-etcd",
      problem: `${replicas} replicas cannot share the embedded database and would not start`,
      allowed: "etcd.deploy, which controlPlane.replicas enables, or etcd.external",
      fix: "remove it, or set controlPlane.replicas to 1",
    }),
    ...check(usesEtcd(env) || !chosen.includes("etcd.deploy") || env.isolation.profile === "open", {
      path: `values.${STORE}.etcd.deploy.enabled`,
      code: "etcd-without-replicas",
      problem: "no network policy lets the control plane connect to an etcd of one replica, so it would not start",
      allowed: "controlPlane.replicas of 3 or 5, which deploys etcd, or the profile open",
      fix: "remove it, and set controlPlane.replicas to 3 for high availability",
    }),
  ];
}

/** Values that differ from those of the key that they have. */
function contradictions(env: Settings, generated: JsonObject, merged: JsonObject): Problem[] {
  const values = chartKeys(env).flatMap((row) => valuesOf(row, usesEtcd(env)).map((path) => ({ path, key: row.key })));
  // The chart's old name of the image's tag.
  const version = { path: "controlPlane.distro.k8s.version", key: "kubernetesVersion" };
  const given = getPath(merged, version.path) ?? "";
  const renamed = check(
    given === "" || given === env.kubernetesVersion,
    conflict(version, given, env.kubernetesVersion),
  );
  const differing = values.flatMap(({ path, key }) => {
    const [ours, actual] = [getPath(generated, path), getPath(merged, path)];
    // A key adds no value for the chart's own default: the user may.
    const configured = ours ?? getIn(env, ...key.split("."));
    // A bare number is the same quantity.
    const same = ours === actual || format(configured).replaceAll('"', "") === format(actual).replaceAll('"', "");
    return check(same, conflict({ path, key }, actual, configured));
  });
  return [...renamed, ...differing];
}

function conflict({ path, key }: { path: string; key: string }, actual: unknown, configured: unknown): Problem {
  return {
    path: `values.${path}`,
    code: "value-conflict",
    problem: `conflicts with ${key}: ${format(actual)} here, ${format(configured)} there`,
    allowed: `the value of ${key}`,
    fix: `remove it, and set ${key}`,
  };
}

function schedulerWithoutNodes(overrides: JsonObject, merged: JsonObject): Problem[] {
  const path = SCHEDULERS.find((scheduler) => isEnabled(getPath(merged, scheduler)));
  if (path === undefined) return [];
  // Under the key that the user set.
  const scheduler = getPath(overrides, path) === undefined ? (KEY_OF_VALUE[path] ?? path) : `values.${path}`;
  const nodesInValues = getPath(overrides, "sync.fromHost.nodes.enabled") !== undefined;
  return check(isEnabled(getPath(merged, "sync.fromHost.nodes.enabled")), {
    path: nodesInValues ? "values.sync.fromHost.nodes" : "sync.fromHost.nodes",
    code: "scheduler-without-nodes",
    problem: `${scheduler} is enabled and requires nodes; the control plane would not start`,
    allowed: "true while a virtual scheduler is enabled",
    fix: `remove it, or set ${scheduler} to false`,
  });
}

/** vCluster looks at the selector only where it copies nodes. */
function selectorWithoutNodes(merged: JsonObject): Problem[] {
  const path = "sync.fromHost.nodes";
  const selector = getPath(merged, `${path}.selector.labels`);
  return check(!isFilledMap(selector) || isEnabled(getPath(merged, `${path}.enabled`)), {
    path: "sync.nodeSelector",
    code: "node-selector-without-nodes",
    problem: `${format(selector)} has no effect without the host's nodes`,
    allowed: "labels while sync.fromHost.nodes is true",
    fix: "remove it, or set sync.fromHost.nodes",
  });
}

function isFilledMap(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length > 0;
}

/** Paid features that the values ask for on the open source image. */
function proFeatures({ version }: Settings["chart"], merged: JsonObject): Problem[] {
  const image = String(getPath(merged, "controlPlane.statefulSet.image.repository"));
  if (!isOpenSource(image)) return [];
  return proValues(version, (path) => getPath(merged, path)).map((path): Problem => ({
    path: `values.${path}`,
    code: "pro-feature",
    problem: `the image ${format(image)} does not include this Pro feature and rejects or ignores it`,
    allowed: "open source features",
    fix: "remove it, or set image.repository to an image with the feature",
  }));
}

/** Kinds that the control plane copies in one direction at most, and kinds that it copies together or not at all. */
function kindsInConflict(enabled: (path: string) => boolean): Problem[] {
  const on = (key: string) => enabled(`${key}.enabled`);
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
function uncoveredHosts(env: Settings, overrides: JsonObject, merged: JsonObject): Problem[] {
  const { release, namespace, inClusterHost, apiHost } = env.names;
  const covered = certificateNames(release, namespace, getPath(merged, "controlPlane.proxy.extraSANs"));
  const server = getPath(overrides, "exportKubeConfig.server");
  const exported = typeof server === "string" && URL.canParse(server) ? new URL(server).hostname : undefined;
  const missing = [...new Set([inClusterHost, apiHost, ...env.extraSans])].filter((host) => !isCovered(host, covered));
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
