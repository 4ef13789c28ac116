import type { Settings } from "../../config/defaults";
import { rolloutKinds } from "./rollouts";
import { type Kind, list, POD_KINDS, type Rule } from "./rule";

type ToHost = keyof Settings["sync"]["toHost"];

/** What every syncer writes on the host, for its tenants and for itself. */
const ALWAYS: readonly Kind[] = ["configmaps", "secrets", "services", "coordination.k8s.io/leases"];

/** Kinds by the keys under `sync.toHost` that bring them; the others are of the whole host, or lift bounds. */
const SYNCED: Readonly<Partial<Record<ToHost, readonly Kind[]>>> = {
  pods: POD_KINDS,
  endpoints: ["endpoints", "discovery.k8s.io/endpointslices"],
  persistentVolumeClaims: ["persistentvolumeclaims"],
  ingresses: ["networking.k8s.io/ingresses"],
  serviceAccounts: ["serviceaccounts"],
  podDisruptionBudgets: ["policy/poddisruptionbudgets"],
  volumeSnapshots: ["snapshot.storage.k8s.io/volumesnapshots"],
};

/** Kinds that tenants do not know by these names. */
const SUBRESOURCES = POD_KINDS.filter((kind) => kind !== "pods");

/** Which kinds the syncer may make and change. */
export function kindRules(env: Settings): Rule[] {
  const own = rolloutKinds(env);
  const kinds = [
    ...ALWAYS,
    ...own,
    ...Object.entries(SYNCED).flatMap(([key, made]) => (env.sync.toHost[key as ToHost] ? made : [])),
    ...env.isolation.allow.kinds.map(kindOf),
  ];
  return [
    {
      name: "kinds",
      allows: `variables.kind in ${list(kinds)}`,
      refused: "[variables.kind]",
      refuses: "objects of other kinds outside of the virtual cluster",
      allowed: kinds.filter((kind) => ![...SUBRESOURCES, ...own].includes(kind)).join(", "),
      keys: ["sync.toHost", "isolation.allow.kinds"],
    },
  ];
}

/** `certificates.cert-manager.io`, as kubectl writes it, as the rules do. */
function kindOf(resource: string): Kind {
  const [name = "", ...group] = resource.split(".");
  return group.length > 0 ? `${group.join(".")}/${name}` : name;
}
