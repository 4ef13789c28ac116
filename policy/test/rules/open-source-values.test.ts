import { openSourceValues } from "../../rules/open-source-values";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const IMAGE = "controlPlane.statefulSet.image";
const SWITCHES = [
  "sync.toHost.namespaces.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
  "controlPlane.backingStore.etcd.embedded.enabled",
  "controlPlane.backingStore.database.external.enabled",
  "controlPlane.coredns.embedded",
  "controlPlane.hostPathMapper.central",
  "experimental.isolatedControlPlane.enabled",
  "sleepMode.enabled",
];
const CONTENT = [
  "sync.toHost.customResources",
  "sync.fromHost.customResources",
  "networking.resolveDNS",
  "policies.centralAdmission.validatingWebhooks",
  "policies.centralAdmission.mutatingWebhooks",
  "experimental.denyProxyRequests",
  "external.platform",
];

testRule(openSourceValues, {
  compliant: {
    "open source values": release({ "sync.toHost.ingresses.enabled": true }),
    "paid values on the paid image": release({ "sleepMode.enabled": true, [IMAGE]: {} }),
    "paid switches that are off": release(Object.fromEntries(SWITCHES.map((path) => [path, false]))),
    "paid lists that are empty": release(
      Object.fromEntries(CONTENT.flatMap((path, index) => [[path, index % 2 ? {} : []]])),
    ),
    "empty patches": release({ "sync.toHost.pods.patches": [] }),
    "nothing synced": release({ sync: null }),
  },
  violating: {
    ...Object.fromEntries(
      SWITCHES.map((path) => [
        path,
        { of: release({ [path]: true }), at: [`values.${path}`], says: ["loft-sh/vcluster-oss does not"] },
      ]),
    ),
    ...Object.fromEntries(
      CONTENT.map((path) => [path, { of: release({ [path]: { x: {} } }), at: [`values.${path}`] }]),
    ),
    "one entry of a list": { of: release({ "networking.resolveDNS": [{}] }), at: ["values.networking.resolveDNS"] },
    "patches in both directions": {
      of: application({ "sync.toHost.pods.patches": [{}], "sync.fromHost.nodes.patches": [{}] }),
      at: ["toHost.pods", "fromHost.nodes"].map((kind) => `spec.source.helm.valuesObject.sync.${kind}.patches`),
    },
  },
  unknown: {
    "an unknown switch": { of: release({ "sleepMode.enabled": UNKNOWN }), at: "values.sleepMode.enabled" },
  },
  notApplicable: {
    "another chart": release({ "sleepMode.enabled": true }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
  configured: {
    "an organisation's build of the open source image": {
      of: release({ "sleepMode.enabled": true, [`${IMAGE}.repository`]: "me/oss" }),
      config: { openSourceRepositories: ["me/oss"] },
      at: ["values.sleepMode.enabled"],
    },
    "an image that is not open source by configuration": {
      of: release({ "sleepMode.enabled": true }),
      config: { openSourceRepositories: [] },
      at: [],
    },
  },
});
