import { parseQuantity } from "../../shared/quantity";
import { chartOf } from "../../shared/vcluster/versions";

/** Ephemeral storage of each member of etcd, which `replicas.ts` sets. */
export const ETCD_STORAGE = { limits: "1Gi", requests: "50Mi" };

/**
 * What an environment needs in its quota before its first workload: the control plane with its volumes, services, routes
 * and records of the release, etcd where it has one, and the DNS server inside.
 *
 * @param volumeSize of each volume
 */
export function ownObjects(replicas: number, volumeSize: string, chart: string): Readonly<Record<string, string>> {
  const etcd = replicas > 1;
  const pods = etcd ? 2 * replicas : 1;
  const { resources } = chartOf(chart).contents;
  const storage = (kind: "limits" | "requests") =>
    inBytes(replicas * (bytes(resources[kind]["ephemeral-storage"]) + (etcd ? bytes(ETCD_STORAGE[kind]) : 0)));
  return {
    pods: "1",
    "count/pods": String(pods + 1),
    services: etcd ? "6" : "4",
    // Two are the tokens of the DNS server's pod and of the one that replaces it.
    secrets: "14",
    configmaps: "6",
    persistentvolumeclaims: String(pods),
    "count/ingresses.networking.k8s.io": "1",
    "count/endpointslices.discovery.k8s.io": etcd ? "6" : "4",
    "count/serviceaccounts": "45",
    "requests.storage": volumeSize.replace(/^[\d.]+/, (number) => String(pods * Number(number))),
    "limits.ephemeral-storage": storage("limits"),
    "requests.ephemeral-storage": storage("requests"),
  };
}

/** A quota for one replica with what more of them need beside it, so that the share of workloads stays the same. */
export function withReplicas(
  quota: Readonly<Record<string, string>>,
  replicas: number,
  volumeSize: string,
  chart: string,
): Readonly<Record<string, string>> {
  const [one, all] = [1, replicas].map((count) => ownObjects(count, volumeSize, chart));
  const added = (name: string) => bytes(all?.[name]) - bytes(one?.[name]);
  return Object.fromEntries(
    Object.entries(quota).map(([name, amount]) => [
      name,
      added(name) > 0 ? inBytes(bytes(amount) + added(name), ["Mi"]) : amount,
    ]),
  );
}

function bytes(amount: string | undefined): number {
  return parseQuantity(amount) ?? 0;
}

/** A number as a quantity that can be read, in the first unit of which it is a multiple. */
function inBytes(amount: number, units = ["Gi", "Mi"]): string {
  const sizes: Readonly<Record<string, number>> = { Gi: 1024 ** 3, Mi: 1024 ** 2 };
  const unit = units.find((name) => Number.isInteger(amount / (sizes[name] ?? 1)));
  return unit === undefined ? String(amount) : `${amount / (sizes[unit] ?? 1)}${unit}`;
}
