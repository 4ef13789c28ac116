import { mappingSyntax } from "../../rules/mapping-syntax";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const mapped = (byName: Record<string, unknown>, kind = "secrets"): Record<string, unknown> => ({
  [`sync.fromHost.${kind}.enabled`]: true,
  [`sync|fromHost|${kind}|mappings|byName`]: byName,
});
const refused = (source: string, target: unknown, says: string) => ({
  of: release(mapped({ [source]: target })),
  at: [`values.sync.fromHost.secrets.mappings.byName[${JSON.stringify(source)}]`],
  says: [says],
});

testRule(mappingSyntax, {
  compliant: {
    "no mapping": release(),
    "every form of a mapping": release(
      mapped({ "shared/*": "config/*", "shared/app": "config/app-config", "/own": "config/own", "": "all" }),
    ),
    "the own namespace with a star": release(mapped({ "": "config/*" })),
    ConfigMaps: release(mapped({ "shared/*": "config/*" }, "configMaps")),
    "nonsense while the sync is off": release({ ...mapped({ nonsense: 1 }), "sync.fromHost.secrets.enabled": false }),
    "an object with dots": release(mapped({ "shared/a.b": "config/a.b" })),
    "a wildcard namespace, which another rule refuses": release(mapped({ "*/*": "config/*" })),
    "the longest namespace": release(mapped({ [`${"a".repeat(63)}/*`]: "config/*" })),
    "names of one character": release(mapped({ "a/b": "c/d" })),
    "the longest object": release(mapped({ [`a/${"b".repeat(253)}`]: "c/d" })),
  },
  violating: {
    "Secrets without a mapping": {
      of: release({ "sync.fromHost.secrets.enabled": true }),
      at: ["values.sync.fromHost.secrets.mappings.byName"],
      says: ["sync of secrets", "sync.fromHost.secrets.enabled to false"],
    },
    "ConfigMaps with an empty mapping": {
      of: release(mapped({}, "configMaps")),
      at: ["values.sync.fromHost.configMaps.mappings.byName"],
    },
    "a source without an object": refused("shared", "config/*", "the source"),
    "a source with an empty object": refused("shared/", "config/*", "the source's object"),
    "a source with three parts": refused("a/b/c", "config/app", "the source"),
    "an upper-case namespace": refused("Shared/*", "config/*", "the source"),
    "a namespace that ends in a dash": refused("shared-/*", "config/*", "the source"),
    "a namespace of 64 characters": refused(`${"a".repeat(64)}/*`, "config/*", "the source"),
    "an upper-case object": refused("shared/App", "config/app", "the source"),
    "an object that ends in a dot": refused("shared/app.", "config/app", "the source"),
    "an object with an empty label": refused("a/b..c", "c/d", "the source"),
    "a target object with an empty label": refused("a/b", "x/y..z", "the target"),
    "the own namespace as /*": refused("/*", "e/*", 'which is written as ""'),
    "an object of 254 characters": refused(`a/${"b".repeat(254)}`, "c/d", "the source"),
    "a namespace onto one object": refused("shared/*", "config/app", "the source is a whole namespace"),
    "a namespace onto a bare namespace": refused("shared/*", "config", "the target has no slash"),
    "the own namespace onto an object": refused(
      "",
      "config/app",
      'the target one name. Found: {"":"config/app"}. Allowed: "ns/*": "ns/*"',
    ),
    "an object onto a bare namespace": refused("shared/app", "config", "the target has no slash"),
    "an object onto its kind of text": refused("shared/app", "config", "the target has no slash"),
    "an upper-case whole target": refused("shared/*", "Config/*", "the target's namespace"),
    "a whole target with four parts": refused("shared/*", "a/*/c", "the target has more than one slash"),
    "an object of the own namespace onto a whole namespace": refused("/app", "config/*", "the target's object"),
    "a source with a space": refused("shared /app", "config/app", "the source"),
    "a target with a space": refused("shared/app", "config/ app", "the target"),
    "a source of a slash": refused("/", "config/app", "the source"),
    "an object onto nothing": refused("shared/app", "config/", "the target's object"),
    "an upper-case target": refused("shared/app", "Config/app", "the target"),
    "an upper-case bare target": refused("", "Config", "the target's namespace"),
    "an upper-case target object": refused("shared/app", "config/App", "the target"),
    "a target with three parts": refused("shared/app", "a/b/c", "the target"),
    "a whole target with three parts": refused("", "a/*/c", "the target has more than one slash"),
    "a target that is no text": refused("shared/app", 1, "the target has no slash"),
    "the own namespace onto what is no text": refused("", 1, "the target's namespace"),
    "two mappings, each": {
      of: release(mapped({ a: "b/c", "shared/*": "c/d", "fine/*": "fine/*" })),
      at: [
        'values.sync.fromHost.secrets.mappings.byName["a"]',
        'values.sync.fromHost.secrets.mappings.byName["shared/*"]',
      ],
      says: ['Found: {"a":"b/c"}'],
    },
    "an Application": {
      of: application(mapped({ shared: "config/*" })),
      at: ['spec.source.helm.valuesObject.sync.fromHost.secrets.mappings.byName["shared"]'],
    },
  },
  unknown: {
    "an unknown target": {
      of: release(mapped({ "shared/*": UNKNOWN })),
      at: "values.sync.fromHost.secrets.mappings.byName.shared/*",
    },
  },
  notApplicable: { "another chart": release(mapped({ a: 1 }), { chart: "nginx" }), "another provider": BUCKET },
});
