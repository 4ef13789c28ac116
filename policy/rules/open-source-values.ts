import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { isObject } from "../json";
import { textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";
import type { Values } from "../values";

/** Switches of features that the open source image does not have. */
const PAID_SWITCHES = [
  "sync.toHost.namespaces.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
  "controlPlane.backingStore.etcd.embedded.enabled",
  "controlPlane.backingStore.database.external.enabled",
  "controlPlane.coredns.embedded",
  "controlPlane.hostPathMapper.central",
  "experimental.isolatedControlPlane.enabled",
  "sleepMode.enabled",
];

/** Lists and objects that only the paid image reads; empty ones are harmless. */
const PAID_CONTENT = [
  "sync.toHost.customResources",
  "sync.fromHost.customResources",
  "networking.resolveDNS",
  "policies.centralAdmission.validatingWebhooks",
  "policies.centralAdmission.mutatingWebhooks",
  "experimental.denyProxyRequests",
  "external.platform",
];

interface Config {
  readonly openSourceRepositories: readonly string[];
}

export const openSourceValues = vclusterRule<Config>({
  name: "open-source-values",
  description: "On the open source image no value asks for a paid feature, which it refuses or ignores.",
  severity: "critical",
  remediationSteps: "Remove the value, or run an image that has the feature.",
  url: VALUES_DOCS,
  configSchema: {
    openSourceRepositories: textList(
      ["loft-sh/vcluster-oss"],
      "Repositories, without the registry, of images without the paid features.",
    ),
  },
  check: (vcluster, { config, report }) => {
    const { values } = vcluster;
    const image = imagesOf(vcluster).find(({ path }) => path === CONTROL_PLANE_IMAGE)?.repository ?? "";
    if (!config.openSourceRepositories.includes(image)) return;
    const paid = [
      ...PAID_SWITCHES.filter((path) => values.isOn(path)),
      ...PAID_CONTENT.filter((path) => size(values.get(path)) > 0),
      ...["sync.toHost", "sync.fromHost"].flatMap((path) => patchesUnder(values, path)),
    ];
    for (const path of paid) {
      report({
        path: values.where(path),
        problem: `${image} does not have this paid feature`,
        allowed: "values of open source features",
        fix: "remove the value, or choose an image that has the feature",
      });
    }
  },
});

function size(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

/** Every synced kind can carry `patches`. */
function patchesUnder(values: Values, path: string): string[] {
  const kinds = values.get(path);
  return (isObject(kinds) ? Object.keys(kinds) : [])
    .map((kind) => `${path}.${kind}.patches`)
    .filter((patches) => size(values.get(patches)) > 0);
}
