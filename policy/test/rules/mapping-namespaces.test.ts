import { mappingNamespaces } from "../../rules/mapping-namespaces";
import { testRule } from "../cases";
import { application, BUCKET, namespace, object, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const mapped = (byName: Record<string, unknown>, kind = "secrets"): Record<string, unknown> => ({
  [`sync.fromHost.${kind}.enabled`]: true,
  [`sync|fromHost|${kind}|mappings|byName`]: byName,
});

testRule(mappingNamespaces, {
  compliant: {
    "a namespace of the stack": [release(mapped({ "shared/*": "config/*" })), namespace("shared")],
    "a namespace that the stack only labels": [
      release(mapped({ "shared/*": "config/*" })),
      object("core/v1:NamespacePatch", { metadata: { name: "shared" } }),
    ],
    "a namespace named by Pulumi": [
      release(mapped({ "shared/*": "config/*" })),
      object("core/v1:Namespace", {}, "shared"),
    ],
    "the own namespace": [release(mapped({ "": "config" }))],
  },
  violating: {
    "a namespace that nothing makes": {
      of: [release(mapped({ "shared/*": "config/*", "other/*": "other/*" })), namespace("other")],
      at: ['values.sync.fromHost.secrets.mappings.byName["shared/*"]'],
      on: ["vcluster"],
      says: ['Found: "shared"'],
    },
    "another kind of that name": {
      of: [application(mapped({ "shared/*": "config/*" })), object("core/v1:Secret", { metadata: { name: "shared" } })],
      at: ['spec.source.helm.valuesObject.sync.fromHost.secrets.mappings.byName["shared/*"]'],
    },
  },
  unknown: {
    "an unknown switch": {
      of: [release({ "sync.fromHost.secrets.enabled": UNKNOWN })],
      at: "values.sync.fromHost.secrets.enabled",
    },
  },
  notApplicable: { "a stack that maps nothing": [release(), BUCKET], "an empty stack": [] },
  configured: {
    "a namespace declared external": {
      of: [release(mapped({ "shared/*": "config/*" }))],
      config: { externalNamespaces: ["shared"] },
      at: [],
    },
  },
});
