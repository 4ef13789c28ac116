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

/** Problems in `isolation`, and quotas that are too small for the environment itself. */
export function checkIsolation(s: Settings): Problem[] {
  const { profile, quota, containerLimits, containerRequests, ingressNamespace, egress, ingress, hostApi } =
    s.isolation;
  return [
    ...check(Object.hasOwn(POD_SECURITY_LEVELS, profile), {
      path: "isolation.profile",
      code: "profile-unknown",
      problem: `${format(profile)} is not a supported profile`,
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
        problem: `${format(request)} exceeds the limit of ${format(limit)}`,
        allowed: "at most the limit",
        fix: `lower it, or raise ${join("isolation.containerLimits", name)}`,
      });
    }),
    ...check(isLabel(ingressNamespace), {
      path: "isolation.ingressNamespace",
      code: "namespace-invalid",
      problem: `${format(ingressNamespace)} is not a valid namespace name`,
      allowed: "the name of one namespace on the host",
      fix: "set the namespace in which the ingress controller runs",
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
        problem: "not a resource that a ResourceQuota supports",
        allowed: 'a key of spec.hard in a ResourceQuota, such as "pods", "limits.cpu" or "count/jobs.batch"',
        fix: "use the name from the Kubernetes documentation",
      },
    ];
  }
  const parsed = parseQuantity(amount);
  if (parsed === undefined) return [notAQuantity(path, amount)];
  const { text, least } = need(name, s);
  return check(parsed >= least, {
    path,
    code: "quota-too-small",
    problem: `${format(amount)} is less than the environment itself requires`,
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
    return [
      {
        path: here,
        code: "container-resource-unknown",
        problem: "not a supported container resource",
        allowed,
        fix: "remove it",
      },
    ];
  });
}

function notAQuantity(path: string, amount: string): Problem {
  return {
    path,
    code: "quantity-invalid",
    problem: `${format(amount)} is not a quantity`,
    allowed: 'a Kubernetes quantity such as "20", "250m" or "4Gi"',
    fix: "write a number with an optional unit",
  };
}

/** Kinds that break the isolation when synced, and why. */
const ESCALATING_KINDS: Readonly<Record<string, string>> = {
  "toHost.networkPolicies": "network policies are additive, so a tenant could allow any connection",
  "toHost.persistentVolumes": "a tenant could mount any path of a host node",
  "toHost.priorityClasses": "a tenant could create a PriorityClass above all others on the host",
  "fromHost.priorityClasses":
    "a tenant could use the control plane's PriorityClass, which no quota counts, or a system class",
};

/** Kinds in the merged chart values that must not be synced unless the profile is open. */
export function checkLoosening({ isolation }: Settings, finished: JsonObject): Problem[] {
  if (isolation.profile === "open") return [];
  return Object.entries(ESCALATING_KINDS).flatMap(([kind, problem]) =>
    check(!isEnabled(getPath(finished, `sync.${kind}.enabled`)), {
      path: `sync.${kind}`,
      code: "sync-breaks-isolation",
      problem,
      allowed: "true only in the profile open",
      fix: "remove it, or set isolation.profile to open",
    }),
  );
}

/** Problems in a list of peers; `cidrOnly` where a namespace has no meaning. */
function checkOpenings(path: string, openings: readonly NetworkPeerArgs[], cidrOnly = false): Problem[] {
  return openings.flatMap((opening, index) => {
    const here = `${path}[${index}]`;
    const { cidr, namespace, ports = [] } = opening;
    return [
      ...check((cidr === undefined) !== (namespace === undefined), {
        path: here,
        code: "peer-invalid",
        problem: cidr === undefined ? "no peer given" : "both cidr and namespace given",
        allowed: cidrOnly ? "a cidr" : "a cidr or a namespace",
        fix: cidr === undefined ? (cidrOnly ? "set cidr" : "set cidr or namespace") : "split it into two peers",
      }),
      ...check(cidr === undefined || parseRange(cidr) !== undefined, {
        path: `${here}.cidr`,
        code: "cidr-invalid",
        problem: `${format(cidr)} is not a CIDR`,
        allowed: 'an IP address with a prefix length, such as "203.0.113.0/24"',
        fix: 'append "/32" to a single IPv4 address, "/128" to an IPv6 address',
      }),
      ...check(namespace === undefined || isLabel(namespace), {
        path: `${here}.namespace`,
        code: "namespace-invalid",
        problem: `${format(namespace)} is not a valid namespace name`,
        allowed: "the name of one namespace on the host",
        fix: "use a name that `kubectl get namespace` lists",
      }),
      ...checkPorts(`${here}.ports`, ports),
    ];
  });
}

function checkPorts(path: string, ports: readonly (string | number)[]): Problem[] {
  const wrong = ports.filter((port) => parsePort(port) === undefined);
  return wrong.map((port) => ({
    path,
    code: "port-invalid",
    problem: `${format(port)} is not a valid port`,
    allowed: 'a list with ports such as 443, "8000-8100" or "53/udp", from 1 to 65535; TCP if no protocol is given',
    fix: "correct it, or remove ports to allow all ports",
  }));
}

/** Problems in `isolation.ingressHosts`. */
export function checkIngressHosts({ isolation: { ingressHosts } }: Settings): Problem[] {
  return ingressHosts.flatMap((host, index) =>
    check(isSubdomain(host.replace(/^\*\./, "")), {
      path: `isolation.ingressHosts[${index}]`,
      code: "ingress-host-invalid",
      problem: `${format(host)} is not a valid Ingress host`,
      allowed: 'a DNS name, or a wildcard such as "*.example.org"',
      fix: "write it in lower case without scheme, port or path",
    }),
  );
}
