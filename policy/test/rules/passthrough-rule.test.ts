import { passthroughRule } from "../../rules/passthrough-rule";
import { testRule } from "../cases";
import { BUCKET, ingress, otherIngress, tcpRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(passthroughRule, {
  compliant: {
    "a host, the whole path and port 443": ingress(),
    "the port by name": ingress({ "path.backend.service.port": { name: "https" } }),
    "an Ingress of another Service": otherIngress({ "path.path": "/shop", "path.backend.service.port.number": 80 }),
  },
  violating: {
    "no rules": {
      of: ingress({ "spec.rules": [] }),
      at: ["spec.rules"],
    },
    "no host": { of: ingress({ "rule.host": undefined }), at: ["spec.rules[0].host"] },
    "an empty host": { of: ingress({ "rule.host": "" }), at: ["spec.rules[0].host"] },
    "a path": {
      of: ingress({ "path.path": "/api" }),
      at: ["spec.rules[0].http.paths[0].path"],
      says: ['Found: "/api"'],
    },
    "no path": { of: ingress({ "path.path": undefined }), at: ["spec.rules[0].http.paths[0].path"] },
    "another port": {
      of: ingress({ "path.backend.service.port.number": 8443 }),
      at: ["spec.rules[0].http.paths[0].backend.service.port"],
      says: ["Found: 8443", "Allowed: 443 or https"],
    },
    "everything in a second rule": {
      of: ingress({
        "spec.rules.1": {
          http: { paths: [{ path: "/x", backend: { service: { name: "x", port: { name: "http" } } } }] },
        },
      }),
      at: [
        "spec.rules[1].host",
        "spec.rules[1].http.paths[0].path",
        "spec.rules[1].http.paths[0].backend.service.port",
      ],
      says: ['Found: "http"'],
    },
  },
  unknown: { "an unknown host": { of: ingress({ "rule.host": UNKNOWN }), at: "spec.rules.0.host" } },
  notApplicable: { "another kind": tcpRoute(), "another provider": BUCKET },
  configured: {
    "another name of the Service": {
      of: otherIngress({ "path.path": "/shop" }),
      config: { apiServices: "shop" },
      at: ["spec.rules[0].http.paths[0].path"],
    },
  },
});
