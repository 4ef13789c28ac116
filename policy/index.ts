// Must be first: it decides what the SDK loads.
import { keepCompiled } from "../shared/sdk-start";

import { PolicyPack } from "@pulumi/policy";
import { levelOf } from "./profiles";
import { rules } from "./rules";

new PolicyPack("vcluster-environments", {
  policies: rules.map((rule) => ({ ...rule, enforcementLevel: levelOf(rule.name, "recommended") })),
});

setImmediate(keepCompiled);
