import { check, format, join, type Problem } from "../../shared/errors";
import { getPath, isEnabled, type JsonObject } from "../../shared/json";
import { parseQuantity } from "../../shared/quantity";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import type { NetworkPeerArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { POD_SECURITY_LEVELS } from "./isolation";
import { parsePort, parseRange } from "./network-peers";

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
export function checkIsolation(s: Settings): Problem[] {
  const { profile, quota, containerLimits, containerRequests, ingressNamespace, egress, ingress, hostApi } =
    s.isolation;
  return [
    ...check(Object.hasOwn(POD_SECURITY_LEVELS, profile), {
      path: "isolation.profile",
      code: "profile-unknown",
      problem: `${format(profile)} is not a profile`,
      allowed: Object.keys(POD_SECURITY_LEVELS).join(", "),
      fix: "choose one of these",
    }),
    ...Object.entries(quota).flatMap(([name, amount]) => checkQuota(name, amount, s)),
    ...checkAmounts("isolation.containerLimits", containerLimits),
    ...checkAmounts("isolation.containerRequests", containerRequests),
    ...CONTAINER_NAMES.flatMap((name) => {
      const [request, limit] = [containerRequests[name], containerLimits[name]];
      return check((parseQuantity(request ?? "") ?? 0) <= (parseQuantity(limit ?? "") ?? Infinity), {
        path: join("isolation.containerRequests", name),
        code: "request-above-limit",
        problem: `${format(request)} is more than the limit of ${format(limit)}`,
        allowed: "at most the limit",
        fix: `lower it, or raise ${join("isolation.containerLimits", name)}`,
      });
    }),
    ...check(isLabel(ingressNamespace), {
      path: "isolation.ingressNamespace",
      code: "namespace-invalid",
      problem: `${format(ingressNamespace)} is not the name of a namespace`,
      allowed: "the name of one namespace on the host",
      fix: "name the namespace in which the ingress controller runs",
    }),
    ...checkOpenings("isolation.egress", egress),
    ...checkOpenings("isolation.ingress", ingress),
    ...checkOpenings("isolation.hostApi", hostApi ?? [], true),
  ];
}

function checkQuota(name: string, amount: string, s: Settings): Problem[] {
  const path = join("isolation.quota", name);
  if (!QUOTA_NAMES.test(name)) {
    return [
      {
        path,
        code: "quota-name-unknown",
        problem: "a ResourceQuota does not know it",
        allowed: 'a name as in the field hard of a ResourceQuota, such as "pods", "limits.cpu" or "count/jobs.batch"',
        fix: "write it as Kubernetes does",
      },
    ];
  }
  const parsed = parseQuantity(amount);
  if (parsed === undefined) return [notAQuantity(path, amount)];
  const { text, least } = need(name, s);
  return check(parsed >= least, {
    path,
    code: "quota-too-small",
    problem: `${format(amount)} is less than the environment itself needs`,
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

function checkAmounts(path: string, amounts: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const here = join(path, name);
    if (CONTAINER_NAMES.includes(name)) return parseQuantity(amount) === undefined ? [notAQuantity(here, amount)] : [];
    const allowed = CONTAINER_NAMES.join(", ");
    return [{ path: here, code: "container-resource-unknown", problem: "a container has no such resource here", allowed, fix: "remove it" }];
  });
}

function notAQuantity(path: string, amount: string): Problem {
  return {
    path,
    code: "quantity-invalid",
    problem: `${format(amount)} is not a quantity`,
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
export function checkLoosening({ isolation }: Settings, finished: JsonObject): Problem[] {
  if (isolation.profile === "open") return [];
  return Object.entries(LOOSENING).flatMap(([kind, problem]) =>
    check(!isEnabled(getPath(finished, `sync.${kind}.enabled`)), {
      path: `sync.${kind}`,
      code: "sync-breaks-isolation",
      problem,
      allowed: "true in the profile open only",
      fix: "remove it, or set isolation.profile to open",
    }),
  );
}

/** Mistakes in a list of openings; `cidrOnly` where a namespace would mean nothing. */
function checkOpenings(path: string, openings: readonly NetworkPeerArgs[], cidrOnly = false): Problem[] {
  const keys = cidrOnly ? ["cidr", "ports"] : ["cidr", "namespace", "ports"];
  return openings.flatMap((opening, index) => {
    const here = `${path}[${index}]`;
    const { cidr, namespace, ports = [] } = opening as { [Key in keyof NetworkPeerArgs]: unknown };
    const unknown = Object.keys(opening).filter((key) => !keys.includes(key));
    return [
      ...unknown.map((key): Problem => ({
        path: `${here}.${key}`,
        code: "unknown-key",
        problem: "there is no such key",
        allowed: keys.join(", "),
        fix: "remove it",
      })),
      ...check(unknown.length > 0 || (cidr === undefined) !== (namespace === undefined), {
        path: here,
        code: "peer-invalid",
        problem: cidr === undefined ? "it opens to nobody" : "it has both a cidr and a namespace",
        allowed: cidrOnly ? "a cidr" : "a cidr or a namespace",
        fix: cidr === undefined ? "say whom it opens to" : "make two openings of it",
      }),
      ...check(cidr === undefined || (typeof cidr === "string" && parseRange(cidr) !== undefined), {
        path: `${here}.cidr`,
        code: "cidr-invalid",
        problem: `${format(cidr)} is not a range of addresses`,
        allowed: 'an address and the length of its prefix, such as "203.0.113.0/24"',
        fix: 'write a single address with "/32", one of IPv6 with "/128"',
      }),
      ...check(namespace === undefined || (typeof namespace === "string" && isLabel(namespace)), {
        path: `${here}.namespace`,
        code: "namespace-invalid",
        problem: `${format(namespace)} is not the name of a namespace`,
        allowed: "the name of one namespace on the host",
        fix: "name it as `kubectl get namespace` lists it",
      }),
      ...checkPorts(`${here}.ports`, ports),
    ];
  });
}

function checkPorts(path: string, ports: unknown): Problem[] {
  const wrong = Array.isArray(ports) ? ports.filter((port) => parsePort(port) === undefined) : [ports];
  return wrong.map((port) => ({
    path,
    code: "port-invalid",
    problem: `${format(port)} is no port`,
    allowed: 'a list with ports such as 443, "8000-8100" or "53/udp", from 1 to 65535; TCP where no protocol is named',
    fix: "correct it, or remove ports to open all of them",
  }));
}

/** Mistakes in `isolation.ingressHosts`. */
export function checkIngressHosts({ isolation: { ingressHosts } }: Settings): Problem[] {
  return ingressHosts.flatMap((host, index) =>
    check(isSubdomain(host.replace(/^\*\./, "")), {
      path: `isolation.ingressHosts[${index}]`,
      code: "ingress-host-invalid",
      problem: `${format(host)} is not a host of an Ingress`,
      allowed: 'a DNS name, or "*." and a DNS name for all hosts below it',
      fix: "write the name alone, in lower case, without scheme, port or path",
    }),
  );
}
