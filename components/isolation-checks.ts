import type { Settings } from "./defaults";
import { expect, type Finding, join, shown } from "./findings";
import { POD_SECURITY } from "./isolation";
import { get, isOn, type Tree } from "./merge";
import { isLabel } from "./names";
import { checkOpenings } from "./openings";
import { parseQuantity } from "./quantity";

/**
 * What an environment needs before its first workload: the control plane with its volume, services, routes and records
 * of the release, and the DNS server inside.
 */
const OWN_OBJECTS: Readonly<Record<string, number>> = {
  pods: 1,
  services: 4,
  secrets: 12,
  configmaps: 6,
  persistentvolumeclaims: 1,
  "count/ingresses.networking.k8s.io": 1,
  "count/serviceaccounts": 45,
  // Chart 0.26.0 allows this much to the control plane.
  "limits.ephemeral-storage": 8 * 1024 ** 3,
  "requests.ephemeral-storage": 400 * 1024 ** 2,
};

/** Resources that are no `count/<resource>.<group>` and no extended resource. Source: `standardQuotaResources`. */
const QUOTA_NAMES =
  /^((requests\.|limits\.)?(cpu|memory|ephemeral-storage)|requests\.storage|pods|services(\.nodeports|\.loadbalancers)?|secrets|configmaps|persistentvolumeclaims|replicationcontrollers|resourcequotas|count\/[a-z]+(\.[a-z0-9.-]+)?|requests\.[a-z0-9.-]+\/[\w.-]+|[a-z0-9.-]+\.storageclass\.storage\.k8s\.io\/[a-z.]+)$/;
const CONTAINER_NAMES = ["cpu", "memory", "ephemeral-storage"];

/** Mistakes in `isolation`, and a quota under which the environment itself could not be. */
export function checkIsolation(s: Settings): Finding[] {
  const { profile, quota, containerLimits, containerRequests, ingressNamespace, egress, ingress, hostApi } =
    s.isolation;
  return [
    ...expect(Object.hasOwn(POD_SECURITY, profile), {
      path: "isolation.profile",
      problem: `${shown(profile)} is not a profile`,
      allowed: Object.keys(POD_SECURITY).join(", "),
      fix: "choose one of these",
    }),
    ...Object.entries(quota).flatMap(([name, amount]) => checkQuota(name, amount, s)),
    ...checkAmounts("isolation.containerLimits", containerLimits),
    ...checkAmounts("isolation.containerRequests", containerRequests),
    ...CONTAINER_NAMES.flatMap((name) => {
      const [request, limit] = [containerRequests[name], containerLimits[name]];
      return expect((parseQuantity(request ?? "") ?? 0) <= (parseQuantity(limit ?? "") ?? Infinity), {
        path: join("isolation.containerRequests", name),
        problem: `${shown(request)} is more than the limit of ${shown(limit)}`,
        allowed: "at most the limit",
        fix: `lower it, or raise ${join("isolation.containerLimits", name)}`,
      });
    }),
    ...expect(isLabel(ingressNamespace), {
      path: "isolation.ingressNamespace",
      problem: `${shown(ingressNamespace)} is not the name of a namespace`,
      allowed: "the name of one namespace on the host",
      fix: "name the namespace in which the ingress controller runs",
    }),
    ...checkOpenings("isolation.egress", egress),
    ...checkOpenings("isolation.ingress", ingress),
    ...checkOpenings("isolation.hostApi", hostApi ?? [], true),
  ];
}

function checkQuota(name: string, amount: string, s: Settings): Finding[] {
  const path = join("isolation.quota", name);
  if (!QUOTA_NAMES.test(name)) {
    return [
      {
        path,
        problem: "a ResourceQuota does not know it",
        allowed: 'a name as in the field hard of a ResourceQuota, such as "pods", "limits.cpu" or "count/jobs.batch"',
        fix: "write it as Kubernetes does",
      },
    ];
  }
  const parsed = parseQuantity(amount);
  if (parsed === undefined) return [notAQuantity(path, amount)];
  const { text, least } = need(name, s);
  return expect(parsed >= least, {
    path,
    problem: `${shown(amount)} is less than the environment itself needs`,
    allowed: `at least ${text}`,
    fix: "raise it",
  });
}

/** What the environment needs of a resource without any workload. */
function need(name: string, { persistence }: Settings): { text: string; least: number } {
  if (name === "requests.storage") return { text: persistence.size, least: parseQuantity(persistence.size) ?? 0 };
  const least = OWN_OBJECTS[name] ?? 0;
  const text = name.endsWith("limits.ephemeral-storage")
    ? "8Gi"
    : name.endsWith(".ephemeral-storage")
      ? "400Mi"
      : `${least}`;
  return { text, least };
}

function checkAmounts(path: string, amounts: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const here = join(path, name);
    if (CONTAINER_NAMES.includes(name)) return parseQuantity(amount) === undefined ? [notAQuantity(here, amount)] : [];
    const allowed = CONTAINER_NAMES.join(", ");
    return [{ path: here, problem: "a container has no such resource here", allowed, fix: "remove it" }];
  });
}

function notAQuantity(path: string, amount: string): Finding {
  return {
    path,
    problem: `${shown(amount)} is not a quantity`,
    allowed: 'a Kubernetes quantity such as "20", "250m" or "4Gi"',
    fix: "write a number and, if need be, a unit",
  };
}

/** Kinds whose copies would lift the bounds, and how. */
const LOOSENING: Readonly<Record<string, string>> = {
  "toHost.networkPolicies": "policies add up, so a tenant could allow itself any connection",
  "toHost.persistentVolumes": "a tenant could mount any path of a node",
  "toHost.priorityClasses": "a tenant could make a class above everybody else's on the host",
  "fromHost.priorityClasses":
    "a tenant could take the control plane's class, which no quota counts, or a class of the system",
};

/** Kinds in finished chart values that may not be copied while an environment is bounded. */
export function checkLoosening({ isolation }: Settings, finished: Tree): Finding[] {
  if (isolation.profile === "open") return [];
  return Object.entries(LOOSENING).flatMap(([kind, problem]) =>
    expect(!isOn(get(finished, `sync.${kind}.enabled`)), {
      path: `sync.${kind}`,
      problem,
      allowed: "true in the profile open only",
      fix: "remove it, or set isolation.profile to open",
    }),
  );
}
