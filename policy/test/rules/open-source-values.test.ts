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
const LATER_SWITCHES = [
  "sync.toHost.resourceClaims.enabled",
  "sync.toHost.resourceClaimTemplates.enabled",
  "sync.fromHost.deviceClasses.enabled",
  "controlPlane.standalone.enabled",
  "controlPlane.advanced.kubeVip.enabled",
  "privateNodes.enabled",
  "integrations.argoCD.enabled",
  "integrations.certManager.enabled",
  "integrations.externalSecrets.enabled",
  "integrations.istio.enabled",
  "integrations.kubeVirt.enabled",
  "integrations.netris.enabled",
];
const SECTIONS = ["sleep", "snapshots", "deletion", "platform"];
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
    "sections that the chart does not have yet": release(
      Object.fromEntries(SECTIONS.map((path) => [path, { auto: {} }])),
      { version: "0.31.0" },
    ),
    "sections that the chart no longer has": release(
      { "sleepMode.enabled": true, "external.platform": { a: 1 } },
      { version: "0.32.0" },
    ),
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
    ...Object.fromEntries(
      LATER_SWITCHES.map((path) => [
        `${path} in a newer chart`,
        { of: release({ [path]: true }, { version: "0.36.1" }), at: [`values.${path}`] },
      ]),
    ),
    ...Object.fromEntries(
      SECTIONS.map((path) => [
        `${path}, even empty`,
        { of: release({ [path]: {} }, { version: "0.32.0" }), at: [`values.${path}`] },
      ]),
    ),
    "a paid section of a chart whose version nobody knows": {
      of: release({ "sleep.auto": {} }, { chart: "./charts/vcluster", version: undefined }),
      at: ["values.sleep"],
    },
    "applications of the platform's Argo CD": {
      of: release({ "deploy.argoCD.applications": [{}] }, { version: "0.35.0" }),
      at: ["values.deploy.argoCD.applications"],
    },
    "resources that another virtual cluster answers for": {
      of: release({ "experimental.proxy.customResources": { a: {} } }, { version: "0.34.0" }),
      at: ["values.experimental.proxy.customResources"],
    },
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
