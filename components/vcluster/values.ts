import type { Output } from "@pulumi/pulumi";

import { getIn, getPath, type JsonObject, merge, nest } from "../../shared/json";
import { isLocked, virtualKubernetes } from "../../shared/vcluster/versions";
import { keyedValues } from "../config/chart-keys";
import type { Settings } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { POD_SECURITY_LEVELS } from "../isolation/isolation";
import { withoutEmpty } from "../kubernetes/metadata";
import { replicatedValues } from "./replicas";
import { POD_SECURITY_CONTEXT, UNPRIVILEGED } from "./security-context";
import { clusterRules } from "./syncer-rbac";
import { TUNING } from "./tuning";

/** Flags of the API server, in the chart. */
export const API_SERVER_FLAGS = "controlPlane.distro.k8s.apiServer.extraArgs";

/** Values of the vCluster chart for an environment: the generated ones, and the user's merged over them. */
export function chartValues(env: Settings, overrides: JsonObject): JsonObject {
  const values = mergedValues(generatedValues(env), overrides);
  // From the merged values, so that a feature that the overrides enable gets the rights that it needs.
  const overwriteRules = clusterRules(values, env.sync);
  // An empty list would bring the chart's own rules back.
  const clusterRole = overwriteRules.length > 0 ? { overwriteRules } : { enabled: false };
  return getIn(values, "rbac", "clusterRole", "overwriteRules") === undefined
    ? merge(values, { rbac: { clusterRole } })
    : values;
}

/** Lists of the chart to which this program has something to add, by what identifies an item. */
const ADDED_LISTS: Readonly<Record<string, (item: unknown) => unknown>> = {
  [API_SERVER_FLAGS]: flagOf,
  "controlPlane.distro.k8s.controllerManager.extraArgs": flagOf,
  "controlPlane.statefulSet.env": (variable) => getIn(variable, "name"),
};

/**
 * The user's values merged over the generated ones, as Helm does. Of the lists in {@link ADDED_LISTS}, which would replace
 * the generated ones whole, an item replaces the generated one of its name, and the others stay.
 */
export function mergedValues(generated: JsonObject, overrides: JsonObject): JsonObject {
  return Object.entries(ADDED_LISTS).reduce(
    (merged, [path, nameOf]) => {
      const [ours, theirs] = [getPath(generated, path), getPath(overrides, path)];
      if (!Array.isArray(ours) || !Array.isArray(theirs)) return merged;
      const names = theirs.map(nameOf);
      const others = (ours as unknown[]).filter((item) => !names.includes(nameOf(item)));
      return merge(merged, nest(path.split("."), [...others, ...(theirs as unknown[])]));
    },
    merge(generated, overrides),
  );
}

/** Name of a flag. Those of feature gates add up, so each text is another one. */
function flagOf(argument: unknown): unknown {
  if (typeof argument !== "string" || argument.startsWith("--feature-gates")) return argument;
  return argument.split("=")[0];
}

/** Values that the other keys make: those of the table, and what follows from several of them. */
export function generatedValues(env: Settings): JsonObject {
  return [TUNING, keyedValues(env), derivedValues(env), replicatedValues(env)].reduce(merge);
}

function derivedValues(env: Settings): JsonObject {
  const { names } = env;
  const metadata = withoutEmpty(env);
  const hasMetadata = Object.keys(metadata).length > 0;
  const podSecurityStandard = POD_SECURITY_LEVELS[env.isolation.profile];
  return {
    controlPlane: {
      distro: {
        k8s: {
          securityContext: UNPRIVILEGED,
          apiServer: { extraArgs: requiredGates(env).map((gate) => `--feature-gates=${gate}=false`) },
        },
      },
      // The certificate has the names of the Service by itself, but not the one that ends in .svc.
      proxy: { extraSANs: [...new Set([names.inClusterHost, names.apiHost, ...env.extraSans])] },
      ...(hasMetadata && { service: metadata }),
      statefulSet: {
        security: { podSecurityContext: POD_SECURITY_CONTEXT, containerSecurityContext: UNPRIVILEGED },
        ...metadata,
        ...(hasMetadata && { pods: metadata }),
        // Not left to the chart: without a volume, every change of values would recreate the cluster, empty.
        persistence: { volumeClaim: { enabled: true } },
      },
    },
    sync: {
      fromHost: {
        // The names of images that a node has tell what other environments run.
        nodes: { clearImageStatus: true },
        secrets: mapped(env.sync.secrets),
        configMaps: mapped(env.sync.configMaps),
      },
      toHost: { pods: { priorityClassName: names.workloadPriorityClass, useSecretsForSATokens: true } },
    },
    // Without a Service on the host for each of its nodes, which would use up the quota; logs and exec do not need them.
    networking: { advanced: { proxyKubelets: { byIP: false } } },
    ...(podSecurityStandard !== undefined && { policies: { podSecurityStandard } }),
    // The server of the kubeconfig Secret that the control plane writes stays localhost, which `vcluster connect` expects.
    exportKubeConfig: { context: names.argocdCluster },
    telemetry: { enabled: false },
  };
}

/** Name of the service account that the syncer uses on the host. */
export function syncerAccount({ chartValues, names }: ResolvedEnvironment): Output<string> {
  return chartValues.apply((values) => {
    const name = getIn(values, "controlPlane", "advanced", "serviceAccount", "name");
    return typeof name === "string" && name !== "" ? name : names.syncer;
  });
}

/**
 * Feature gates that must be off. The host gives a container without requests those of its LimitRange, and reports them in
 * the pod's status. Argo CD (3.1, by `PodRequestsAndLimits` in k8s.io/kubectl up to 0.35) panics over requests that only the
 * status has, and with it the Argo CD of everybody on the host. Without this feature gate, the virtual cluster drops that
 * status. Where it is locked, the API server would not start.
 */
export function requiredGates({ chart, kubernetesVersion }: Settings): string[] {
  const kubernetes = virtualKubernetes(chart.version, kubernetesVersion);
  return ["InPlacePodVerticalScaling"].filter((gate) => !isLocked(gate, kubernetes));
}

/** The control plane refuses to start with mappings that are enabled and empty. */
function mapped(byName: Record<string, string>): JsonObject {
  return Object.keys(byName).length > 0 ? { enabled: true, mappings: { byName } } : { enabled: false };
}
