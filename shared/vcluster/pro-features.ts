import { format, type Problem } from "../errors";
import { getPath, isEnabled, isPlainObject, type JsonObject } from "../json";

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

/** Paid features that finished chart values ask for on the open source image. */
export function proValues(finished: JsonObject): Problem[] {
  const image = String(getPath(finished, "controlPlane.statefulSet.image.repository"));
  if (!/(^|\/)vcluster-oss$/.test(image)) return [];
  const patches = ["sync.toHost", "sync.fromHost"].flatMap((path) => {
    const kinds = getPath(finished, path);
    return (isPlainObject(kinds) ? Object.keys(kinds) : []).map((kind) => `${path}.${kind}.patches`);
  });
  const asked = [...PAID, ...patches].filter((path) => isEnabled(getPath(finished, path)));
  return asked.map((path) => ({
    path: `values.${path}`,
    code: "pro-feature",
    problem: `the image ${format(image)} does not include this Pro feature and rejects or ignores it`,
    allowed: "open source features",
    fix: "remove it, or set image.repository to an image with the feature",
  }));
}
