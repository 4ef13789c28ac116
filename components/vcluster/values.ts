import { getIn, type JsonObject, merge } from "../../shared/json";
import { keyedValues } from "../config/chart-keys";
import type { Settings } from "../config/defaults";
import { POD_SECURITY_LEVELS } from "../isolation/isolation";
import { environmentNames, type Names } from "../names";
import { clusterRules } from "./syncer-rbac";
import { TUNING } from "./tuning";

/** Any user but root: all that the control plane writes is in volumes, and its ports are above 1024. */
const USER = 65532;

const UNPRIVILEGED = {
  runAsUser: USER,
  runAsGroup: USER,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** The group gives the user the volume, on storage that can change the owner of files. */
const POD_SECURITY_CONTEXT = { fsGroup: USER, seccompProfile: { type: "RuntimeDefault" } };

/** Values of the vCluster chart for an environment, the free ones merged last. */
export function chartValues(s: Settings, free: JsonObject): JsonObject {
  const values = merge(generatedValues(s), free);
  // From the finished values, so that a feature that the free values switch on gets the rights that it needs.
  const overwriteRules = clusterRules(values, s.sync);
  // An empty list would bring the chart's own rules back.
  const clusterRole = overwriteRules.length > 0 ? { overwriteRules } : { enabled: false };
  return getIn(values, "rbac", "clusterRole", "overwriteRules") === undefined
    ? merge(values, { rbac: { clusterRole } })
    : values;
}

/** The part of the values that the typed arguments make: those of the table, and what follows from several keys. */
export function generatedValues(s: Settings): JsonObject {
  const names = environmentNames(s.environment, s.domain);
  return [TUNING, keyedValues(s, names), derivedValues(s, names)].reduce(merge);
}

function derivedValues(s: Settings, names: Names): JsonObject {
  const podSecurityStandard = POD_SECURITY_LEVELS[s.isolation.profile];
  return {
    controlPlane: {
      distro: {
        k8s: {
          securityContext: UNPRIVILEGED,
          apiServer: { extraArgs: disableInPlaceResize(s.kubernetesVersion) },
        },
      },
      // The certificate has the names of the Service by itself, but not the one that ends in .svc.
      proxy: { extraSANs: [...new Set([names.inClusterHost, names.apiHost, ...s.extraSans])] },
      ...service(s),
      statefulSet: {
        security: { podSecurityContext: POD_SECURITY_CONTEXT, containerSecurityContext: UNPRIVILEGED },
        ...metadata(s),
        // Not left to the chart: without a volume every change of values would be a new, empty cluster.
        persistence: { volumeClaim: { enabled: true } },
      },
    },
    sync: {
      fromHost: {
        secrets: mapped(s.sync.secrets),
        configMaps: mapped(s.sync.configMaps),
      },
      toHost: { pods: { priorityClassName: names.workloadPriorityClass } },
    },
    ...(podSecurityStandard !== undefined && { policies: { podSecurityStandard } }),
    // For readers of the kubeconfig Secret that the control plane writes: the default server is localhost.
    exportKubeConfig: { context: names.argocdCluster, server: names.apiUrl },
    telemetry: { enabled: false },
  };
}

/** Name of the service account that the syncer uses on the host, for finished chart values. */
export function syncerAccount(s: Settings, values: JsonObject): string {
  const name = getIn(values, "controlPlane", "advanced", "serviceAccount", "name");
  return typeof name === "string" && name !== "" ? name : environmentNames(s.environment, s.domain).syncer;
}

/**
 * The host gives a container without requests those of its LimitRange, and reports them in the pod's status. Argo CD (3.1,
 * by `PodRequestsAndLimits` in k8s.io/kubectl up to 0.35) panics over requests that only the status has, and with it the
 * Argo CD of everybody on the host. Without this feature the virtual API keeps no such status, from any writer. From
 * Kubernetes 1.35 on it cannot be switched off.
 */
function disableInPlaceResize(version = "v1.32"): string[] {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
  return minor < 35 ? ["--feature-gates=InPlacePodVerticalScaling=false"] : [];
}

/** Labels and annotations of the StatefulSet and its pod. */
function metadata({ labels, annotations }: Settings): JsonObject {
  const own = {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  return Object.keys(own).length > 0 ? { ...own, pods: own } : {};
}

/** The same for its Service. */
function service(s: Settings): JsonObject {
  const { pods, ...own } = metadata(s);
  return pods === undefined ? {} : { service: own };
}

/** The control plane refuses to start with mappings that are switched on and empty. */
function mapped(byName: Record<string, string>): JsonObject {
  return Object.keys(byName).length > 0 ? { enabled: true, mappings: { byName } } : { enabled: false };
}
