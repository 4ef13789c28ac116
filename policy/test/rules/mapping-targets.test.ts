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
    "an object beside its whole namespace": release(mapped({ "a/x": "c/y", "b/*": "c/*" })),
  },
  violating: {
    "two namespaces onto one": {
      of: release(mapped({ "a/*": "config/*", "b/*": "config/*", "c/*": "c/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
      says: ['"a/*" has the same target', 'Found: "config/*"'],
    },
    "the own namespace onto another's target": {
      of: release(mapped({ "": "config", "b/*": "config/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
      says: ['"" has the same target'],
    },
    "the own namespace, written out": {
      of: release(mapped({ "": "config/*", "b/*": "config/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/*"]'],
    },
    "two objects that keep their names in one namespace": {
      of: release(mapped({ "a/x": "c/*", "b/y": "c/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/y"]'],
    },
    "an object that keeps its name, onto that name": {
      of: release(mapped({ "a/x": "c/x", "b/x": "c/*" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["b/x"]'],
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
