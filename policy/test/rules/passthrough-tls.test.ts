import { passthroughTls } from "../../rules/passthrough-tls";
import { testRule } from "../cases";
import { application, BUCKET, ingress, otherIngress, release, tcpRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(passthroughTls, {
  compliant: {
    "no TLS section": ingress(),
    "an empty TLS section": ingress({ "spec.tls": [] }),
    "TLS of another Service": otherIngress({ "spec.tls": [{ secretName: "shop" }] }),
    "a release": release(),
    "the chart's Ingress without TLS": release({ "controlPlane.ingress": { enabled: true, spec: { tls: [] } } }),
  },
  violating: {
    "a TLS section": {
      of: ingress({ "spec.tls": [{ hosts: ["dev-vcluster.example.com"] }] }),
      at: ["spec.tls"],
      says: ['Found: [{"hosts":["dev-vcluster.example.com"]}]'],
    },
    "the chart's Ingress": {
      of: release({ "controlPlane.ingress.spec.tls": [{}] }),
      at: ["values.controlPlane.ingress.spec.tls"],
    },
    "the chart's Ingress in an Application": {
      of: application({ "controlPlane.ingress.spec.tls": [{}] }),
      at: ["spec.source.helm.valuesObject.controlPlane.ingress.spec.tls"],
    },
  },
  unknown: { "an unknown TLS section": { of: ingress({ "spec.tls": UNKNOWN }), at: "spec.tls" } },
  notApplicable: {
    "another kind": tcpRoute(),
    "another chart": release({ "controlPlane.ingress.spec.tls": [{}] }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
  configured: {
    "another name of the Service": {
      of: otherIngress({ "spec.tls": [{}] }),
      config: { apiServices: "shop" },
      at: ["spec.tls"],
    },
  },
});
