import { HOST_NAMESPACES } from "../../../shared/vcluster/host-namespaces";
import { mappingSources } from "../../rules/mapping-sources";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const mapped = (byName: Record<string, unknown>, kind = "secrets"): Record<string, unknown> => ({
  [`sync.fromHost.${kind}.enabled`]: true,
  [`sync|fromHost|${kind}|mappings|byName`]: byName,
});

testRule(mappingSources, {
  compliant: {
    "a shared namespace": release(mapped({ "shared/*": "config/*" })),
    "the own namespace": release(mapped({ "": "config", "/own": "config/own" })),
    "no mapping": release(),
    "namespaces with similar names": release(
      mapped({ "vcluster/*": "a/*", "system/*": "b/*", "kube/*": "c/*", "argocd-shared/*": "d/*" }),
    ),
    "an object whose name is a denied namespace": release(mapped({ "shared/argocd": "config/argocd" })),
  },
  violating: {
    ...Object.fromEntries(
      [
        "kube-system",
        "kube-public",
        "kube-node-lease",
        ...Object.keys(HOST_NAMESPACES),
        "staging-vcluster",
        "metallb-system",
      ].map((name) => [
        name,
        {
          of: release(mapped({ [`${name}/*`]: "config/*" })),
          at: [`values.sync.fromHost.secrets.mappings.byName["${name}/*"]`],
          says: [`namespace ${name} holds`],
        },
      ]),
    ),
    "every namespace": {
      of: release(mapped({ "*/app": "config/app" })),
      at: ['values.sync.fromHost.secrets.mappings.byName["*/app"]'],
      says: ["a wildcard namespace", 'Found: "*/app"', "other than argocd, cert-manager"],
    },
    "an Application's ConfigMaps": {
      of: application(mapped({ "argocd/argocd-cm": "config/cm" }, "configMaps")),
      at: ['spec.source.helm.valuesObject.sync.fromHost.configMaps.mappings.byName["argocd/argocd-cm"]'],
    },
  },
  unknown: {
    "an unknown switch": {
      of: release({ "sync.fromHost.secrets.enabled": UNKNOWN }),
      at: "values.sync.fromHost.secrets.enabled",
    },
  },
  notApplicable: { "another chart": release(mapped({ "*/*": "a/*" }), { chart: "nginx" }), "another provider": BUCKET },
  configured: {
    "a namespace that is denied by configuration": {
      of: release(mapped({ "vault/*": "config/*", "argocd/*": "argocd/*" })),
      config: { deniedNamespaces: ["vault"] },
      at: ['values.sync.fromHost.secrets.mappings.byName["vault/*"]'],
      says: ["other than vault, *-vcluster, kube-*, *-system"],
    },
  },
});
