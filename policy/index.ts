// Must be first: it decides what the SDK loads.
import "./lean";

import { PolicyPack } from "@pulumi/policy";
import { levelOf } from "./profiles";
import { rules } from "./rules";

new PolicyPack("vcluster-environments", {
  policies: rules.map((rule) => ({ ...rule, enforcementLevel: levelOf(rule.name, "recommended") })),
});
