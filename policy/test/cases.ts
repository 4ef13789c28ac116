import assert from "node:assert/strict";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { JsonObject } from "../json";
import { LATER } from "../argocd";
import { assertConforms } from "./schema";
import { remediate, validate, wire, type Subject, type TestResource } from "./harness";

/** The cases of one rule. `at` lists the property path of each violation, in order. */
export interface Cases {
  readonly compliant: Readonly<Record<string, Subject>>;
  readonly violating: Readonly<Record<string, Violating>>;
  /** Values that a preview cannot know; `at` is where the engine says so. */
  readonly unknown: Readonly<Record<string, { readonly of: Subject; readonly at: string }>>;
  readonly notApplicable: Readonly<Record<string, Subject>>;
  /** Secrets whose contents are unknown until the update. */
  readonly deferred?: Readonly<Record<string, Subject>>;
  readonly configured?: Readonly<Record<string, Violating & { readonly config: JsonObject }>>;
  /** Configuration that the rule's schema refuses. */
  readonly misconfigured?: Readonly<Record<string, JsonObject>>;
  readonly remediated?: Readonly<Record<string, Remediated>>;
}

interface Violating {
  readonly of: Subject;
  readonly at: readonly string[];
  /** Names of the resources that a stack rule names, in order. */
  readonly on?: readonly string[];
  /** Part of the messages. */
  readonly says?: readonly string[];
}

interface Remediated {
  readonly of: TestResource;
  readonly config?: JsonObject;
  /** The resource's properties afterwards; undefined where nothing is to be done. */
  readonly to: JsonObject | undefined;
}

export function testRule(rule: ResourceValidationPolicy | StackValidationPolicy, cases: Cases): void {
  describe(rule.name, () => {
    for (const [name, subject] of Object.entries(cases.compliant)) {
      it(`accepts ${name}`, async () => {
        assert.deepEqual(await validate(rule, subject), { violations: [], urns: [] });
      });
    }

    for (const [name, expected] of Object.entries({ ...cases.violating, ...cases.configured })) {
      it(`${expected.at.length > 0 ? "refuses" : "accepts"} ${name}`, async () => {
        const config = "config" in expected ? expected.config : {};
        const { violations, urns, notApplicable, unknown } = await validate(rule, expected.of, config);
        assert.deepEqual({ notApplicable, unknown }, { notApplicable: undefined, unknown: undefined });
        assert.deepEqual(violations.map(pathOf), expected.at);
        if (expected.on)
          assert.deepEqual(
            urns.map((urn) => urn?.split("::").at(-1)),
            expected.on,
          );
        for (const part of expected.says ?? []) {
          assert.ok(
            violations.some((message) => message.includes(part)),
            `no message says ${JSON.stringify(part)}:\n${violations.join("\n")}`,
          );
        }
        for (const message of violations) assert.match(message, / Allowed: .+\. Fix: .+\.$/);
      });
    }

    for (const [name, { of: subject, at }] of Object.entries(cases.unknown)) {
      it(`leaves to the engine ${name}`, async () => {
        assert.equal((await validate(rule, subject)).unknown, at);
      });
    }

    for (const [name, subject] of Object.entries(cases.notApplicable)) {
      it(`is not about ${name}`, async () => {
        const { violations, notApplicable } = await validate(rule, subject);
        assert.deepEqual(violations, []);
        assert.ok(notApplicable, "the rule judged it");
      });
    }

    for (const [name, subject] of Object.entries(cases.deferred ?? {})) {
      it(`waits for the update with ${name}`, async () => {
        assert.equal((await validate(rule, subject)).notApplicable, LATER);
      });
    }

    for (const [name, { of: subject, config, to }] of Object.entries(cases.remediated ?? {})) {
      it(`remediates ${name}`, async () => {
        assert.deepEqual(await remediate(rule, subject, config), to && wire(to));
        if (to === undefined) return;
        assert.deepEqual((await validate(rule, { ...subject, props: to }, config)).violations, []);
      });
    }

    it("has a schema that takes its defaults and configurations", () => {
      const schema = { type: "object", properties: rule.configSchema?.properties ?? {} } as const;
      for (const property of Object.values(schema.properties)) {
        assert.ok(property.description, "a property without description");
        assertConforms(property, property.default);
      }
      for (const { config } of Object.values(cases.configured ?? {})) assertConforms(schema, config);
    });

    for (const [name, config] of Object.entries(cases.misconfigured ?? {})) {
      it(`refuses the configuration ${name}`, () => {
        const schema = { type: "object", properties: rule.configSchema?.properties ?? {} } as const;
        assert.throws(() => {
          assertConforms(schema, config);
        });
      });
    }

    it("leaves alone what is exempt", async () => {
      const [first] = Object.values(cases.violating);
      assert.ok(first);
      const exempt = [first.of].flat().map(({ name }) => name);
      assert.deepEqual((await validate(rule, first.of, { exempt })).violations, []);
    });
  });
}

function pathOf(message: string): string {
  return /^(.*?): /.exec(message)?.[1] ?? message;
}
