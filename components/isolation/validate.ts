import { check, format, join, type Problem } from "../../shared/errors";
import { getPath, isEnabled, type JsonObject } from "../../shared/json";
import { parseQuantity } from "../../shared/quantity";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import type { NetworkPeerArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { ownObjects } from "../config/own-objects";
import { checkQuantity, checkRequest } from "../config/quantities";
import { POD_SECURITY_LEVELS } from "./isolation";
import { parsePort, parseRange } from "./network-peers";

/** Resources that are no `count/<resource>.<group>` and no extended resource. Source: `standardQuotaResources`. */
const QUOTA_NAMES =
  /^((requests\.|limits\.)?(cpu|memory|ephemeral-storage)|requests\.storage|pods|services(\.nodeports|\.loadbalancers)?|secrets|configmaps|persistentvolumeclaims|replicationcontrollers|resourcequotas|count\/[a-z]+(\.[a-z0-9.-]+)?|requests\.[a-z0-9.-]+\/[\w.-]+|[a-z0-9.-]+\.storageclass\.storage\.k8s\.io\/[a-z.]+)$/;
const CONTAINER_NAMES = ["cpu", "memory", "ephemeral-storage"];

/** Problems in `isolation`, and quotas that are too small for the environment itself. */
export function checkIsolation(env: Settings): Problem[] {
  const { isolation } = env;
  const own = ownObjects(env.controlPlane.replicas, env.persistence.size, env.chart.version);
  const { profile, quota, containerLimits, containerRequests, ingressNamespace } = isolation;
  const { egress, ingress, hostApi, ingressHosts } = isolation;
  return [
    ...check(Object.hasOwn(POD_SECURITY_LEVELS, profile), {
      path: "isolation.profile",
      code: "profile-unknown",
      problem: `${format(profile)} is not a supported profile`,
      allowed: Object.keys(POD_SECURITY_LEVELS).join(", "),
      fix: "choose one of these",
    }),
    ...Object.entries(quota).flatMap(([name, amount]) => checkQuota(name, amount, own[name])),
    ...checkAmounts("isolation.containerLimits", containerLimits),
    ...checkAmounts("isolation.containerRequests", containerRequests),
    ...CONTAINER_NAMES.flatMap((name) =>
      checkRequest(
        { path: join("isolation.containerRequests", name), amount: containerRequests[name] },
        { path: join("isolation.containerLimits", name), amount: containerLimits[name] },
      ),
    ),
    ...checkDefaults(isolation),
    ...check(isLabel(ingressNamespace), {
      path: "isolation.ingressNamespace",
      code: "namespace-invalid",
      problem: `${format(ingressNamespace)} is not a valid namespace name`,
      allowed: "the name of one namespace on the host",
      fix: "set the namespace in which the ingress controller runs",
    }),
    ...checkPeers("isolation.egress", egress),
    ...checkPeers("isolation.ingress", ingress),
    ...checkPeers("isolation.hostApi", hostApi ?? [], true),
    ...ingressHosts.flatMap((host, index) =>
      check(isSubdomain(host.replace(/^\*\./, "")), {
        path: `isolation.ingressHosts[${index}]`,
        code: "ingress-host-invalid",
        problem: `${format(host)} is not a valid Ingress host`,
        allowed: 'a DNS name, or a wildcard such as "*.example.org"',
        fix: "write it in lower case without scheme, port or path",
      }),
    ),
  ];
}

function checkQuota(name: string, amount: string, least = "0"): Problem[] {
  const path = join("isolation.quota", name);
  if (!QUOTA_NAMES.test(name)) {
    return check(false, {
      path,
      code: "quota-name-unknown",
      problem: "not a resource that a ResourceQuota supports",
      allowed: 'a key of spec.hard in a ResourceQuota, such as "pods", "limits.cpu" or "count/jobs.batch"',
      fix: "use the name from the Kubernetes documentation",
    });
  }
  const parsed = parseQuantity(amount);
  if (parsed === undefined) return checkQuantity(path, amount);
  return check(parsed >= (parseQuantity(least) ?? 0), {
    path,
    code: "quota-too-small",
    problem: `${format(amount)} is less than the environment itself requires`,
    allowed: `at least ${least}`,
    fix: "raise it",
  });
}

function checkAmounts(path: string, amounts: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const here = join(path, name);
    if (CONTAINER_NAMES.includes(name)) return checkQuantity(here, amount);
    return check(false, {
      path: here,
      code: "container-resource-unknown",
      problem: "not a supported container resource",
      allowed: CONTAINER_NAMES.join(", "),
      fix: "remove it",
    });
  });
}

/** A quota refuses containers that have none of what it counts. */
function checkDefaults({ quota, containerLimits, containerRequests }: Settings["isolation"]): Problem[] {
  // Kubernetes takes a limit for the request that is missing.
  const defaults = { Limits: containerLimits, Requests: { ...containerLimits, ...containerRequests } };
  return Object.entries(defaults).flatMap(([kind, amounts]) =>
    CONTAINER_NAMES.flatMap((name) => {
      const counted = `${kind.toLowerCase()}.${name}`;
      return check(quota[counted] === undefined || amounts[name] !== undefined, {
        path: join(`isolation.container${kind}`, name),
        code: "container-default-missing",
        problem: `no default, but the quota counts ${counted} and refuses containers without it`,
        allowed: "null only with null for the same in isolation.quota",
        fix: `set ${join("isolation.quota", counted)} to null as well, or give a default`,
      });
    }),
  );
}

/** Kinds that are of the whole host and may be worth it, with the entry of `isolation.allow.kinds` that says so, and why. */
const SHARED_KINDS: Readonly<Record<string, readonly [kind: string, problem: string]>> = {
  "toHost.storageClasses": [
    "storageclasses.storage.k8s.io",
    "a tenant could create a StorageClass with any provisioner, parameters and Secrets of the host",
  ],
  "toHost.volumeSnapshotContents": [
    "volumesnapshotcontents.snapshot.storage.k8s.io",
    "a tenant could take any snapshot of the storage system for its own",
  ],
};

/** Kinds that break the isolation when synced, and why. */
const ESCALATING_KINDS: Readonly<Record<string, string>> = {
  "toHost.networkPolicies": "network policies are additive, so a tenant could allow any connection",
  "toHost.persistentVolumes": "a tenant could mount any path of a host node",
  "toHost.priorityClasses": "a tenant could create a PriorityClass above all others on the host",
  "fromHost.priorityClasses":
    "a tenant could use the control plane's PriorityClass, which no quota counts, or a system class",
};

/** Kinds in the merged chart values that must not be synced unless the profile is open. */
export function checkSyncedKinds({ isolation }: Settings, merged: JsonObject): Problem[] {
  if (isolation.profile === "open") return [];
  const isOn = (kind: string) => isEnabled(getPath(merged, `sync.${kind}.enabled`));
  return [
    ...Object.entries(ESCALATING_KINDS).flatMap(([kind, problem]) =>
      check(!isOn(kind), {
        path: `sync.${kind}`,
        code: "sync-breaks-isolation",
        problem,
        allowed: "true only in the profile open",
        fix: "remove it, or set isolation.profile to open",
      }),
    ),
    ...Object.entries(SHARED_KINDS).flatMap(([kind, [resource, problem]]) =>
      check(!isOn(kind) || isolation.allow.kinds.includes(resource), {
        path: `sync.${kind}`,
        code: "sync-breaks-isolation",
        problem,
        allowed: `true with ${resource} in isolation.allow.kinds, or in the profile open`,
        fix: "remove it, or add the kind to isolation.allow.kinds where tenants may do that",
      }),
    ),
  ];
}

/** Problems in a list of peers; `cidrOnly` where a namespace has no meaning. */
function checkPeers(path: string, peers: readonly NetworkPeerArgs[], cidrOnly = false): Problem[] {
  return peers.flatMap((peer, index) => {
    const here = `${path}[${index}]`;
    const { cidr, namespace, ports = [] } = peer;
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
