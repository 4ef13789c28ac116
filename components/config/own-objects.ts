import { parseQuantity } from "../../shared/quantity";

/**
 * What an environment needs in its quota before its first workload: the control plane with its volumes, services, routes
 * and records of the release, etcd where it has one, and the DNS server inside.
 *
 * @param volumeSize of each volume
 */
export function ownObjects(replicas: number, volumeSize: string): Readonly<Record<string, string>> {
  const etcd = replicas > 1;
  const pods = etcd ? 2 * replicas : 1;
  return {
    pods: "1",
    "count/pods": String(pods + 1),
    services: etcd ? "6" : "4",
    // Two are the tokens of the DNS server's pod and of the one that replaces it.
    secrets: "14",
    configmaps: "6",
    persistentvolumeclaims: String(pods),
    "count/ingresses.networking.k8s.io": "1",
    "count/serviceaccounts": "45",
    "requests.storage": volumeSize.replace(/^[\d.]+/, (number) => String(pods * Number(number))),
    // Chart 0.26.0 gives 8Gi and 400Mi to each pod of the control plane; `replicas.ts` has those of etcd.
    "limits.ephemeral-storage": etcd ? `${9 * replicas}Gi` : "8Gi",
    "requests.ephemeral-storage": etcd ? `${450 * replicas}Mi` : "400Mi",
  };
}

/** A quota for one replica with what more of them need beside it, so that the share of workloads stays the same. */
export function withReplicas(
  quota: Readonly<Record<string, string>>,
  replicas: number,
  volumeSize: string,
): Readonly<Record<string, string>> {
  const [one, all] = [1, replicas].map((count) => ownObjects(count, volumeSize));
  const added = (name: string) => (parseQuantity(all?.[name]) ?? 0) - (parseQuantity(one?.[name]) ?? 0);
  return Object.fromEntries(
    Object.entries(quota).map(([name, amount]) => [
      name,
      added(name) > 0 ? inMebibytes((parseQuantity(amount) ?? 0) + added(name)) : amount,
    ]),
  );
}

/** A number as a quantity that can be read, where it is one of bytes. */
function inMebibytes(amount: number): string {
  const mebibytes = amount / 1024 ** 2;
  return Number.isInteger(mebibytes) ? `${mebibytes}Mi` : String(amount);
}
