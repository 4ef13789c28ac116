import { mappingTargets } from "../../rules/mapping-targets";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const mapped = (byName: Record<string, unknown>, kind = "secrets"): Record<string, unknown> => ({
  [`sync.fromHost.${kind}.enabled`]: true,
  [`sync|fromHost|${kind}|mappings|byName`]: byName,
});

testRule(mappingTargets, {
  compliant: {
    "two targets": release(mapped({ "a/*": "a/*", "b/*": "b/*" })),
    "a Secret and a ConfigMap of one name": release({
      ...mapped({ "a/*": "config/*" }),
      ...mapped({ "a/*": "config/*" }, "configMaps"),
    }),
    "no mapping": release(),
  },
  violating: {
    "two namespaces onto one": {
      of: release(mapped({ "a/*": "config/*", "b/*": "config/*", "c/*": "c/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
      says: ['"a/*" is mapped there too', 'Found: "config/*"'],
    },
    "the own namespace onto another's target": {
      of: release(mapped({ "": "config", "b/*": "config/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
      says: ['"" is mapped there too'],
    },
    "the own namespace, written out": {
      of: release(mapped({ "": "config/*", "b/*": "config/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
    },
    "three onto one": {
      of: application(mapped({ "a/x": "c/x", "b/x": "c/x", "d/x": "c/x" })),
      at: ["b/x", "d/x"].map((key) => `spec.source.helm.valuesObject.sync.fromHost.secrets.mappings.byName["${key}"]`),
    },
  },
  unknown: {
    "an unknown target": {
      of: release(mapped({ "shared/*": UNKNOWN })),
      at: "values.sync.fromHost.secrets.mappings.byName.shared/*",
    },
  },
  notApplicable: { "another chart": release({}, { chart: "nginx" }), "another provider": BUCKET },
});
