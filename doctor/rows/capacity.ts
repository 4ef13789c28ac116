import { deletionOfQuota } from "../../preflight/refused-pods";
import { parseQuantity } from "../../shared/quantity";
import type { Row, Sighting } from "../model";
import { type KubeObject, map, title } from "../objects";
import type { Snapshot } from "../snapshot";
import { UP } from "./commands";
import { isQuota } from "./to-host";

const FULL = 0.95;
const NEARLY = 0.8;
const NEARLY_QUOTA = 0.9;

/** A larger volume. */
const GROW = {
  fix: `pulumi config set --path persistence.size {more} --stack {stack} && ${UP}`,
  fixElsewhere: `kubectl -n {namespace} patch persistentvolumeclaim {volumeClaim} --type merge -p '{"spec":{"resources":{"requests":{"storage":"{more}"}}}}'`,
  page: "docs/configuration.md#persistence",
};

export const capacityRows: readonly Row[] = [
  {
    code: "quota-full",
    section: "capacity",
    severity: "error",
    healthy: "no quota is used up",
    cause: "a ResourceQuota of the environment is used up: the host refuses more of what it counts",
    fix: `pulumi config set --path 'isolation.quota["{key}"]' {more} --stack {stack} && ${UP}`,
    fixElsewhere: `kubectl -n {namespace} patch resourcequota {quota} --type merge -p '{"spec":{"hard":{"{key}":"{more}"}}}'`,
    page: "docs/configuration.md#isolation",
    needs: ["quotas"],
    follows: ["namespaces"],
    find: (snapshot) => {
      const full = used(snapshot).filter(({ share }) => share >= 1);
      const refused = (snapshot.read.refused ?? []).filter(isQuota);
      if (full.length > 0) return full.map((one) => sighting(snapshot, one));
      return refused.map(({ kind, namespace, name, message }) => ({
        what: `${kind} ${namespace}/${name}`,
        seen: message,
        fix: UP,
      }));
    },
  },
  {
    code: "quota-nearly-full",
    section: "capacity",
    severity: "warning",
    healthy: "no quota is used to 90 %",
    cause: "a ResourceQuota of the environment will soon be used up",
    fix: `pulumi config set --path 'isolation.quota["{key}"]' {more} --stack {stack} && ${UP}`,
    fixElsewhere: `kubectl -n {namespace} patch resourcequota {quota} --type merge -p '{"spec":{"hard":{"{key}":"{more}"}}}'`,
    page: "docs/configuration.md#isolation",
    needs: ["quotas"],
    find: (snapshot) =>
      used(snapshot)
        .filter(({ share }) => share >= NEARLY_QUOTA && share < 1)
        .map((one) => sighting(snapshot, one)),
  },
  {
    code: "volume-full",
    section: "capacity",
    severity: "error",
    healthy: "the control plane's volume has room",
    cause: "the volume with the virtual cluster's objects is full: the API stores nothing any more",
    ...GROW,
    needs: ["volumeUse"],
    find: (snapshot) => volume(snapshot, FULL, Infinity),
  },
  {
    code: "volume-nearly-full",
    section: "capacity",
    severity: "warning",
    healthy: "the control plane's volume is used to less than 80 %",
    cause: "the volume with the virtual cluster's objects will soon be full",
    ...GROW,
    needs: ["volumeUse"],
    find: (snapshot) => volume(snapshot, NEARLY, FULL),
  },
];

interface Use {
  readonly quota: KubeObject;
  readonly key: string;
  readonly hard: string;
  readonly used: string;
  readonly share: number;
}

/** What quotas allow and count; what they forbid altogether is never used up. */
function used({ read: { quotas = [] } }: Snapshot): Use[] {
  return quotas.flatMap((quota) => {
    const status = map(quota, "status", "used");
    return Object.entries(map(quota, "status", "hard")).flatMap(([key, hard]) => {
      const [limit, amount] = [parseQuantity(hard) ?? 0, parseQuantity(status[key]) ?? 0];
      return limit > 0 ? [{ quota, key, hard, used: status[key] ?? "0", share: amount / limit }] : [];
    });
  });
}

function sighting({ expected, names, stack }: Snapshot, { quota, key, hard, used: amount }: Use): Sighting {
  const configured = parseQuantity(expected?.isolation.quota[key]) ?? 0;
  const lowered = configured > (parseQuantity(hard) ?? 0);
  const name = quota.metadata?.name ?? "";
  // Without a stack it may be raised.
  const isForeign = stack !== undefined && !name.startsWith(`${names.release}-`);
  return {
    what: title("ResourceQuota", quota),
    seen: `${key}: ${amount} of ${hard} are used`,
    names: { key, more: half(hard), quota: name },
    // It was lowered on the host, or is none of the environment's.
    ...(isForeign ? { fix: deletionOfQuota(names.namespace, name) } : lowered && { fix: UP }),
  };
}

/** Half as much again, in the same unit. */
function half(amount: string): string {
  return amount.replace(/^[\d.]+/, (digits) => String(Math.ceil(Number(digits) * 1.5)));
}

function volume({ read: { volumeUse }, names, expected }: Snapshot, from: number, to: number): Sighting[] {
  if (volumeUse === undefined || volumeUse.capacity === 0) return [];
  const share = volumeUse.used / volumeUse.capacity;
  if (share < from || share >= to) return [];
  return [
    {
      what: `PersistentVolumeClaim ${names.namespace}/${names.volumeClaim}`,
      seen: `${Math.round(share * 100)} % of ${Math.round(volumeUse.capacity / 1024 ** 2)} MiB are used`,
      names: { more: half(expected?.persistence.size ?? `${Math.ceil(volumeUse.capacity / 1024 ** 3)}Gi`) },
    },
  ];
}
