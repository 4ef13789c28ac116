import { copiesHaveOwner } from "../../rules/copies-have-owner";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const OWNER = "experimental.syncSettings.setOwner";

testRule(copiesHaveOwner, {
  compliant: {
    "the chart's default": release(),
    "an owner": release({ [OWNER]: true }),
    "text for true": release({ [OWNER]: "true" }),
  },
  violating: {
    "no owner": { of: release({ [OWNER]: false }), at: [`values.${OWNER}`], says: ["Found: false", "Allowed: true"] },
    "no owner in an Application": {
      of: application({ [OWNER]: false }),
      at: [`spec.source.helm.valuesObject.${OWNER}`],
    },
  },
  unknown: { "an unknown switch": { of: release({ [OWNER]: UNKNOWN }), at: `values.${OWNER}` } },
  notApplicable: { "another chart": release({ [OWNER]: false }, { chart: "nginx" }), "another provider": BUCKET },
});
