import { isEnabled } from "../json";

/** Values that only the Pro image supports: switches, lists and maps. Disabled and empty ones are accepted. */
const PRO = [
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

/** Repository of the open source image; the chart's default is the commercial one. */
export const OPEN_SOURCE_REPOSITORY = "loft-sh/vcluster-oss";

/** True for an open source image: mirrors have another registry and path, and keep the last part of the name. */
export function isOpenSource(repository: string, openSource: readonly string[] = [OPEN_SOURCE_REPOSITORY]): boolean {
  return openSource.some((name) => name.split("/").at(-1) === repository.split("/").at(-1));
}

/** Paths of values that enable Pro features. `get` returns the value at a dotted path. */
export function proValues(get: (path: string) => unknown): string[] {
  const patches = ["sync.toHost", "sync.fromHost"].flatMap((path) => {
    const kinds = get(path);
    const names = typeof kinds === "object" && kinds !== null ? Object.keys(kinds) : [];
    return names.map((kind) => `${path}.${kind}.patches`);
  });
  return [...PRO, ...patches].filter((path) => isEnabled(get(path)));
}
