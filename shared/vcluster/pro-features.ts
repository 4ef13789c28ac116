import { isEnabled } from "../json";

/** Values that only the paid image reads: switches, and lists and maps of which empty ones are harmless. */
const PAID = [
  "sync.toHost.namespaces.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
  "sync.toHost.customResources",
  "sync.fromHost.customResources",
  "controlPlane.backingStore.etcd.embedded.enabled",
  "controlPlane.backingStore.database.external.enabled",
  "controlPlane.coredns.embedded",
  "controlPlane.hostPathMapper.central",
  "networking.resolveDNS",
  "policies.centralAdmission.validatingWebhooks",
  "policies.centralAdmission.mutatingWebhooks",
  "experimental.denyProxyRequests",
  "experimental.isolatedControlPlane.enabled",
  "external.platform",
  "sleepMode.enabled",
];

/** True for the repository of the open source image, in whichever registry. */
export function isOpenSource(repository: string): boolean {
  return /(^|\/)vcluster-oss$/.test(repository);
}

/** Paths of the paid features that values ask for. `get` returns the value at a dotted path. */
export function proValues(get: (path: string) => unknown): string[] {
  const patches = ["sync.toHost", "sync.fromHost"].flatMap((path) => {
    const kinds = get(path);
    const names = typeof kinds === "object" && kinds !== null ? Object.keys(kinds) : [];
    return names.map((kind) => `${path}.${kind}.patches`);
  });
  return [...PAID, ...patches].filter((path) => isEnabled(get(path)));
}
