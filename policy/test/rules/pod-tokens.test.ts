import { podTokens } from "../../rules/pod-tokens";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const SECRETS = "sync.toHost.pods.useSecretsForSATokens";

testRule(podTokens, {
  compliant: { "tokens in Secrets": release(), "an Application": application() },
  violating: {
    "the chart's default": {
      of: release({ sync: undefined }),
      at: [`values.${SECRETS}`],
      says: ["Found: false", "Allowed: true"],
    },
    "tokens in annotations": {
      of: application({ [SECRETS]: false }),
      at: [`spec.source.helm.valuesObject.${SECRETS}`],
    },
    "text for true": { of: release({ [SECRETS]: "true" }), at: [`values.${SECRETS}`] },
  },
  unknown: { "an unknown switch": { of: release({ [SECRETS]: UNKNOWN }), at: `values.${SECRETS}` } },
  notApplicable: { "another chart": release({ sync: undefined }, { chart: "nginx" }), "another provider": BUCKET },
});
