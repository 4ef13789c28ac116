import { apiHostDomain } from "../../rules/api-host-domain";
import { testRule } from "../cases";
import { application, BUCKET, ingress, object, otherIngress, release, tcpRoute, tlsRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

const CHART_INGRESS = { "controlPlane.ingress.enabled": true, "controlPlane.ingress.host": "dev.example.com" };

testRule(apiHostDomain, {
  compliant: {
    "any domain where none is configured": ingress(),
    "a wildcard of another Service": otherIngress({ "rule.host": "*.example.com" }),
    "no host, which another rule refuses": ingress({ "rule.host": undefined }),
    "the chart's Ingress": release(CHART_INGRESS),
    "the chart's Ingress while it is off": release({ "controlPlane.ingress.host": "*.example.com" }),
  },
  violating: {
    "a wildcard": {
      of: ingress({ "rule.host": "*.example.com" }),
      at: ["spec.rules[0].host"],
      says: ["a wildcard also matches", 'Found: "*.example.com"', "single name under a domain"],
    },
    "a wildcard of an IngressRouteTCP": {
      of: tcpRoute({ "spec.routes.0.match": "HostSNI(`*.example.com`)" }),
      at: ["spec.routes[0].match"],
    },
    "a wildcard of a TLSRoute": {
      of: tlsRoute({ "spec.hostnames": ["a.example.com", "*.example.com"] }),
      at: ["spec.hostnames[1]"],
    },
    "a wildcard of the chart's Ingress": {
      of: application({ ...CHART_INGRESS, "controlPlane.ingress.host": "*.example.com" }),
      at: ["spec.source.helm.valuesObject.controlPlane.ingress.host"],
    },
    "a wildcard of a release of any name": {
      of: release({ ...CHART_INGRESS, "controlPlane.ingress.host": "*.example.com" }, { name: "team" }),
      at: ["values.controlPlane.ingress.host"],
    },
  },
  unknown: { "an unknown host": { of: ingress({ "rule.host": UNKNOWN }), at: "spec.rules.0.host" } },
  notApplicable: {
    "another kind": object("core/v1:Service", {}),
    "another chart": release({}, { chart: "nginx" }),
    "another provider": BUCKET,
  },
  configured: {
    "a host under an allowed domain": { of: ingress(), config: { allowedDomains: ["x.org", "example.com"] }, at: [] },
    "a host of another domain": {
      of: ingress(),
      config: { allowedDomains: ["x.org", "y.org"] },
      at: ["spec.rules[0].host"],
      says: ["not under an allowed domain", "single name under x.org, y.org"],
    },
    "a domain that only ends alike": {
      of: ingress({ "rule.host": "dev.badexample.com" }),
      config: { allowedDomains: ["example.com"] },
      at: ["spec.rules[0].host"],
    },
    "a wildcard under an allowed domain": {
      of: ingress({ "rule.host": "*.example.com" }),
      config: { allowedDomains: ["example.com"] },
      at: ["spec.rules[0].host"],
      says: ["a wildcard also matches"],
    },
    "another name of the Service": {
      of: otherIngress(),
      config: { apiServices: "shop", allowedDomains: ["x.org"] },
      at: ["spec.rules[0].host"],
    },
  },
});
