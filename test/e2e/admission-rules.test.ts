import * as assert from "node:assert/strict";

import { validation } from "../../components/isolation/admission/rule";
import {
  type AdmissionCase,
  ENVIRONMENTS,
  hostRefusals,
  hostRulesOf,
  ingressAt,
  namespaceOf,
  refusals,
  requestOf,
  rulesFor,
  variablesFor,
} from "../support/admission";
import { celEvaluator } from "../support/cel";
import { askOracle } from "../support/oracle";
import { admissionCases } from "../unit/components/isolation/admission-cases";

describe("the rules of the check of synced objects", function () {
  this.timeout(10 * 60_000);

  it("say in Kubernetes' own code what they say in the unit tests, to the letter of the messages", async () => {
    const evaluate = await celEvaluator();
    // One policy for all cases with the same configuration.
    const groups = new Map<string, AdmissionCase[]>();
    for (const one of admissionCases) {
      const key = JSON.stringify(one.args ?? {});
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    const questions = [...groups.values()].map((cases) => ({
      policy: {
        spec: { variables: variablesFor(cases[0]?.args), validations: rulesFor(cases[0]?.args).map(validation) },
      },
      requests: cases.map((one) => {
        const { operation, resource, subResource = "" } = requestOf(one);
        const { object, old: oldObject } = one;
        return { operation, ...resource, subResource, object, oldObject };
      }),
    }));
    // What the code of Kubernetes' API server says of each case: the messages by which it is refused.
    const answers = askOracle("admission-oracle", questions) as string[][][];
    for (const [group, cases] of [...groups.values()].entries()) {
      for (const [index, one] of cases.entries()) {
        const expected = [...refusals(evaluate, one).values()];
        assert.deepEqual(answers[group]?.[index], expected, `${one.kind} ${one.what}`);
      }
    }
  });

  it("say of hosts what they say in the unit tests, for each pair of environments", async () => {
    const evaluate = await celEvaluator();
    const request = requestOf({ kind: "networking.k8s.io/ingresses" });
    const objects = ENVIRONMENTS.map((name) => ingressAt(`x-${name}.example.org`, `x.${name}-vcluster.example.org`));
    const questions = ENVIRONMENTS.map((environment) => ({
      policy: {
        spec: {
          paramKind: { apiVersion: "v1", kind: "Namespace" },
          validations: hostRulesOf(environment).map(validation),
        },
      },
      requests: ENVIRONMENTS.flatMap((other) =>
        objects.map((object) => ({
          operation: request.operation,
          ...request.resource,
          object,
          params: namespaceOf(other),
        })),
      ),
    }));
    const expected = ENVIRONMENTS.map((environment) =>
      ENVIRONMENTS.flatMap((other) => objects.map((object) => hostRefusals(evaluate, environment, other, object))),
    );
    assert.deepEqual(askOracle("admission-oracle", questions), expected);
  });
});
