import { namespaceNotDefault } from "../../rules/namespace-not-default";
import { testRule } from "../cases";
import { application, BUCKET, clusterSecret, ingress, object, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(namespaceNotDefault, {
  compliant: {
    "an environment's namespace": release(),
    "an Application's destination": application(),
    "an Ingress": ingress(),
    "a Secret": clusterSecret(),
  },
  violating: {
    "a release in default": {
      of: release({}, { namespace: "default" }),
      at: ["namespace"],
      says: ['Found: "default"', "other than default, kube-system, kube-public, kube-node-lease"],
    },
    "a release without a namespace": {
      of: release({}, { namespace: undefined }),
      at: ["namespace"],
      says: ["Found: nothing"],
    },
    "an Application's destination": {
      of: application({}, {}, { destination: { namespace: "kube-system" } }),
      at: ["spec.destination.namespace"],
    },
    ...Object.fromEntries(
      [
        "networking.k8s.io/v1:Ingress",
        "traefik.io/v1alpha1:IngressRouteTCP",
        "gateway.networking.k8s.io/v1alpha2:TLSRoute",
        "core/v1:Secret",
        "networking.k8s.io/v1:NetworkPolicy",
        "core/v1:ResourceQuota",
        "core/v1:LimitRange",
      ].map((kind) => [kind, { of: object(kind, { metadata: {} }), at: ["metadata.namespace"] }]),
    ),
    ...Object.fromEntries(
      ["kube-public", "kube-node-lease"].map((name) => [
        name,
        { of: ingress({ "metadata.namespace": name }), at: ["metadata.namespace"] },
      ]),
    ),
  },
  unknown: {
    "an unknown namespace": { of: ingress({ "metadata.namespace": UNKNOWN }), at: "metadata.namespace" },
  },
  notApplicable: {
    "a kind that is no part of an environment": object("core/v1:Service", { metadata: { namespace: "default" } }),
    "another chart": release({}, { chart: "nginx", namespace: "default" }),
    "another provider": BUCKET,
  },
  configured: {
    "a namespace that is denied by configuration": {
      of: ingress(),
      config: { deniedNamespaces: ["dev-vcluster"] },
      at: ["metadata.namespace"],
      says: ["other than dev-vcluster"],
    },
  },
});
