import { apiHostUnique } from "../../rules/api-host-unique";
import { testRule } from "../cases";
import { BUCKET, ingress, otherIngress, part, release, tcpRoute, tlsRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(apiHostUnique, {
  compliant: {
    "two hosts": [ingress(), otherIngress(), ingress({ "rule.host": "staging.example.com" }, "staging")],
    "one host of two applications": [otherIngress(), otherIngress({}, "other")],
    "two rules of one Ingress for one host": [ingress({ "spec.rules.1": part(ingress(), "spec", "rules", "0") })],
    "one Ingress under its old parent and its new one": [ingress(), { ...ingress(), parents: "team:index:Part" }],
    "no host": [ingress({ "rule.host": undefined }), ingress({ "rule.host": undefined }, "second")],
  },
  violating: {
    "two virtual clusters": {
      of: [ingress(), ingress({}, "second")],
      at: ["spec.rules[0].host"],
      says: ["ingress already passes this host through", 'Found: "dev-vcluster.example.com"'],
    },
    "an application on the API's host": {
      of: [otherIngress({ "rule.host": "dev-vcluster.example.com", "path.path": "/shop" }), ingress()],
      at: ["spec.rules[0].host"],
    },
    "three kinds of routes": {
      of: [tcpRoute(), tlsRoute(), ingress()],
      at: ["spec.hostnames[0]", "spec.rules[0].host"],
      on: ["tls", "ingress"],
    },
    "the chart's Ingress of a release of any name": {
      of: [
        otherIngress(),
        release(
          { "controlPlane.ingress.enabled": true, "controlPlane.ingress.host": "shop.example.com" },
          { name: "team" },
        ),
      ],
      at: ["spec.rules[0].host"],
    },
  },
  unknown: { "an unknown host": { of: [ingress({ "rule.host": UNKNOWN })], at: "spec.rules.0.host" } },
  notApplicable: { "a stack without routes": [release(), BUCKET], "an empty stack": [] },
  configured: {
    "another name of the Service": {
      of: [otherIngress(), otherIngress({}, "other")],
      config: { apiServices: "shop" },
      at: ["spec.rules[0].host"],
    },
  },
});
