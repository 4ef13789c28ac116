import { passthroughClass } from "../../rules/passthrough-class";
import { testRule } from "../cases";
import { BUCKET, ingress, otherIngress, tlsRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(passthroughClass, {
  compliant: {
    "a class": ingress(),
    "a class by the older annotation": ingress({
      "spec.ingressClassName": undefined,
      "metadata|annotations|kubernetes.io/ingress.class": "nginx",
    }),
    "an Ingress of another Service": otherIngress({ "spec.ingressClassName": undefined }),
  },
  violating: {
    "no class": {
      of: ingress({ "spec.ingressClassName": undefined }),
      at: ["spec.ingressClassName"],
      says: ["Found: nothing", "Allowed: the name of a class"],
    },
  },
  unknown: {
    "an unknown class": { of: ingress({ "spec.ingressClassName": UNKNOWN }), at: "spec.ingressClassName" },
  },
  notApplicable: { "another kind": tlsRoute(), "another provider": BUCKET },
  configured: {
    "a class that is not allowed": {
      of: ingress(),
      config: { allowedClasses: ["passthrough", "edge"] },
      at: ["spec.ingressClassName"],
      says: ['Found: "nginx"', "Allowed: passthrough, edge"],
    },
    "a class that is allowed": { of: ingress(), config: { allowedClasses: ["nginx"] }, at: [] },
    "another name of the Service": {
      of: otherIngress({ "spec.ingressClassName": "" }),
      config: { apiServices: "shop" },
      at: ["spec.ingressClassName"],
    },
  },
});
