import type { JsonObject } from "../../json";
import { isolationNetworkPolicies } from "../../rules/isolation-network-policies";
import { testRule } from "../cases";
import { application, object, release } from "../fixtures";
import { UNKNOWN, type TestResource } from "../harness";

const policy = (spec: JsonObject): TestResource =>
  object("networking.k8s.io/v1:NetworkPolicy", {
    metadata: { namespace: "dev-vcluster" },
    spec: { podSelector: {}, ...spec },
  });

testRule(isolationNetworkPolicies, {
  compliant: {
    "both directions in one": [release(), policy({ policyTypes: ["Ingress", "Egress"] })],
    "both directions in two": [release(), policy({ policyTypes: ["Ingress"] }), policy({ policyTypes: ["Egress"] })],
    "types left out, with egress rules": [application(), policy({ egress: [{}] })],
    "the chart's egress": [release({ "policies.networkPolicy.enabled": true }), policy({})],
  },
  violating: {
    nothing: {
      of: [release()],
      at: ["namespace", "namespace"],
      says: ["for Ingress", "for Egress", 'policyTypes ["Ingress"]', 'Found: "dev-vcluster"'],
    },
    "types left out, without egress rules": { of: [release(), policy({})], at: ["namespace"], says: ["for Egress"] },
    "the chart's egress alone": {
      of: [application({ "policies.networkPolicy.enabled": true })],
      at: ["spec.destination.namespace"],
      says: ["for Ingress"],
    },
    "a policy for some pods": {
      of: [release(), policy({ policyTypes: ["Ingress", "Egress"], podSelector: { matchLabels: { a: "b" } } })],
      at: ["namespace", "namespace"],
    },
    "a policy of another namespace": {
      of: [release({}, { namespace: "x" }), policy({ policyTypes: ["Ingress", "Egress"] })],
      at: ["namespace", "namespace"],
    },
    "another kind": {
      of: [release(), object("core/v1:Service", policy({ policyTypes: ["Ingress", "Egress"] }).props)],
      at: ["namespace", "namespace"],
    },
  },
  unknown: {
    "unknown types": { of: [release(), policy({ policyTypes: UNKNOWN })], at: "spec.policyTypes" },
  },
  notApplicable: { "a stack without virtual clusters": [policy({})], "an empty stack": [] },
});
