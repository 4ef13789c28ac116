import { passthroughRoutes } from "../../rules/passthrough-routes";
import { testRule } from "../cases";
import { BUCKET, ingress, tcpRoute, tlsRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(passthroughRoutes, {
  compliant: {
    "an IngressRouteTCP": tcpRoute(),
    "an IngressRouteTCP by the port's name": tcpRoute({ "spec.routes.0.services.0.port": "https" }),
    "an IngressRouteTCP to another Service": tcpRoute({
      "spec.routes.0.services.0.name": "db",
      "spec.tls": undefined,
      "spec.routes.0.services.0.port": 5432,
      "spec.routes.0.match": "HostSNI(`*`)",
    }),
    "a TLSRoute": tlsRoute(),
    "a TLSRoute by the port's name": tlsRoute({ "spec.rules.0.backendRefs.0.port": "https" }),
    "a TLSRoute to another Service": tlsRoute({
      "spec.rules.0.backendRefs.0.name": "db",
      "spec.hostnames": [],
      "spec.rules.0.backendRefs.0.port": 1,
    }),
    "a second backend that is another Service": tlsRoute({ "spec.rules.0.backendRefs.1": { name: "db", port: 1 } }),
  },
  violating: {
    "an IngressRouteTCP without passthrough": {
      of: tcpRoute({ "spec.tls": {} }),
      at: ["spec.tls.passthrough"],
      says: ["Found: nothing", "Allowed: true"],
    },
    "an IngressRouteTCP with passthrough off": {
      of: tcpRoute({ "spec.tls.passthrough": false }),
      at: ["spec.tls.passthrough"],
      says: ["Found: false"],
    },
    "an IngressRouteTCP for every host": {
      of: tcpRoute({ "spec.routes.0.match": "HostSNI(`*`)" }),
      at: ["spec.routes[0].match"],
      says: ['Found: "HostSNI(`*`)"'],
    },
    "an IngressRouteTCP for no host": {
      of: tcpRoute({ "spec.routes.0.match": undefined }),
      at: ["spec.routes[0].match"],
    },
    "an IngressRouteTCP to another port": {
      of: tcpRoute({ "spec.routes.0.services.0.port": 80 }),
      at: ["spec.routes[0].services.port"],
      says: ["Found: 80"],
    },
    "an API among others, without passthrough": {
      of: tcpRoute({ "spec.tls": {}, "spec.routes.0.services.1": { name: "db", port: 1 } }),
      at: ["spec.tls.passthrough"],
    },
    "a TLSRoute to an API among others": {
      of: tlsRoute({ "spec.parentRefs": [], "spec.rules.0.backendRefs.1": { name: "db", port: 1 } }),
      at: ["spec.parentRefs"],
    },
    "a second route": {
      of: tcpRoute({
        "spec.routes.1": {
          match: "HostSNI(`*`)",
          services: [
            { name: "db", port: 1 },
            { name: "vcluster", port: 1 },
          ],
        },
      }),
      at: ["spec.routes[1].match", "spec.routes[1].services.port"],
    },
    "a TLSRoute for every host": {
      of: tlsRoute({ "spec.hostnames": undefined }),
      at: ["spec.hostnames"],
      says: ["Found: nothing"],
    },
    "a TLSRoute with a star": {
      of: tlsRoute({ "spec.hostnames": ["*"] }),
      at: ["spec.hostnames"],
      says: ['Found: ["*"]'],
    },
    "a TLSRoute to another port": {
      of: tlsRoute({ "spec.rules.0.backendRefs.0.port": 8443 }),
      at: ["spec.rules.backendRefs.port"],
      says: ["Found: 8443"],
    },
    "a TLSRoute without a Gateway": { of: tlsRoute({ "spec.parentRefs": [] }), at: ["spec.parentRefs"] },
    "a TLSRoute with a Gateway without a name": { of: tlsRoute({ "spec.parentRefs": [{}] }), at: ["spec.parentRefs"] },
  },
  unknown: {
    "an unknown match": { of: tcpRoute({ "spec.routes.0.match": UNKNOWN }), at: "spec.routes.0.match" },
    "unknown hostnames": { of: tlsRoute({ "spec.hostnames": UNKNOWN }), at: "spec.hostnames" },
  },
  notApplicable: { "another kind": ingress(), "another provider": BUCKET },
  configured: {
    "another name of the Service": {
      of: tcpRoute({ "spec.tls": {}, "spec.routes.0.services.0.name": "db" }),
      config: { apiServices: "db" },
      at: ["spec.tls.passthrough"],
    },
  },
});
