import { apiSans } from "../../rules/api-sans";
import { testRule } from "../cases";
import { application, BUCKET, clusterSecret, ingress, otherIngress, release, tcpRoute, tlsRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

const SANS = "controlPlane.proxy.extraSANs";

testRule(apiSans, {
  compliant: {
    "every address": [release(), ingress(), clusterSecret()],
    "no address": [release({ "controlPlane.proxy": undefined })],
    "names that the syncer adds by itself": [
      release({ "controlPlane.proxy": undefined }),
      clusterSecret({ "stringData.server": "https://vcluster-dev-helm.dev-vcluster:443" }),
    ],
    "the chart's Ingress": [
      release({
        "controlPlane.proxy": undefined,
        "controlPlane.ingress": { enabled: true, host: "dev-vcluster.example.com" },
      }),
      ingress(),
    ],
    "a wildcard for one label": [release({ [SANS]: ["*.example.com"] }), ingress()],
    "routes and clusters of others": [
      release({ [SANS]: [] }),
      otherIngress(),
      ingress({ "metadata.namespace": "staging-vcluster" }),
      clusterSecret({ "stringData.server": "https://vcluster-dev-helm.staging-vcluster.svc" }),
      clusterSecret({ "stringData.server": "https://vcluster-dev-helm.dev-vcluster2.svc" }),
      clusterSecret({ "metadata.labels": {} }),
      clusterSecret({ "stringData.server": "no address" }),
      clusterSecret({ "stringData.server": undefined }),
    ],
    "a Secret that is unknown until the update": [release(), clusterSecret({ stringData: UNKNOWN })],
    "an Ingress without a host": [release(), ingress({ "rule.host": undefined })],
    "this machine": [release({ "exportKubeConfig.server": "https://localhost:8443" })],
    "the Service's short name": [release({ "exportKubeConfig.server": "https://vcluster-dev-helm" })],
  },
  violating: {
    "a host of an Ingress": {
      of: [release({ [SANS]: ["other.example.com"] }), ingress()],
      at: [`values.${SANS}`],
      on: ["vcluster"],
      says: ["ingress uses dev-vcluster.example.com", 'Found: ["other.example.com"]', 'add "dev-vcluster.example.com"'],
    },
    "a host of every kind of route": {
      of: [application({ [SANS]: [] }), ingress(), tcpRoute(), tlsRoute()],
      at: ["", "", ""].map(() => `spec.source.helm.valuesObject.${SANS}`),
      says: ["ingress uses", "tcp uses", "tls uses"],
    },
    "the in-cluster name": {
      of: [release({ [SANS]: ["dev-vcluster.example.com"] }), clusterSecret()],
      at: [`values.${SANS}`],
      says: ["cluster-secret uses vcluster-dev-helm.dev-vcluster.svc"],
    },
    "the in-cluster name in base64": {
      of: [
        release({ [SANS]: [] }),
        clusterSecret({
          stringData: undefined,
          data: { server: Buffer.from("https://vcluster-dev-helm.dev-vcluster.svc").toString("base64") },
        }),
      ],
      at: [`values.${SANS}`],
    },
    "an API host that Argo CD uses": {
      of: [
        release({ [SANS]: [] }),
        ingress(),
        clusterSecret({ "stringData.server": "https://dev-vcluster.example.com" }),
      ],
      at: [`values.${SANS}`, `values.${SANS}`],
      says: ["cluster-secret uses dev-vcluster.example.com"],
    },
    "the exported kubeconfig's server": {
      of: [release({ "exportKubeConfig.server": "https://x.example.com:443" })],
      at: [`values.${SANS}`],
      says: ["exportKubeConfig.server uses x.example.com"],
    },
    "a wildcard for two labels": {
      of: [release({ [SANS]: ["*.com", "x.example.com", "dev-vcluster"] }), ingress()],
      at: [`values.${SANS}`],
    },
  },
  unknown: { "unknown SANs": { of: [release({ [SANS]: UNKNOWN })], at: `values.${SANS}` } },
  notApplicable: {
    "values that cannot be read": [release({ [SANS]: [] }, { valueYamlFiles: ["a"] }), ingress()],
    "a stack without virtual clusters": [ingress(), BUCKET],
    "an empty stack": [],
  },
});
