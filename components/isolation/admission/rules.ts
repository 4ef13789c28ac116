import type { Settings } from "../../config/defaults";
import { budgetRules } from "./budgets";
import { dataRules } from "./data";
import { ingressRules } from "./ingresses";
import { kindRules } from "./kinds";
import { keyVariables, metadataRules } from "./metadata";
import { ownerRules } from "./owners";
import { podRules } from "./pods";
import { type Rule, type Variable, VARIABLES } from "./rule";
import { rolloutRules } from "./rollouts";
import { serviceRules } from "./services";

/** Everything that is asked of what an environment's syncer makes or changes on the host. */
export function rules(env: Settings): Rule[] {
  const all = [
    kindRules,
    metadataRules,
    ownerRules,
    podRules,
    budgetRules,
    serviceRules,
    ingressRules,
    dataRules,
    rolloutRules,
  ];
  return all.flatMap((of) => of(env));
}

/** What the rules look at, in the order in which one needs the others. */
export function variables(env: Settings): Variable[] {
  return [...VARIABLES, ...keyVariables(env)];
}
