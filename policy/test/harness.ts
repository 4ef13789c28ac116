import assert from "node:assert/strict";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { createRequire } from "node:module";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import type { JsonObject } from "../json";
import { unknownCheckingProxy, UnknownValueError } from "../sdk";

// Runs a rule as the SDK's server does: the same functions unwrap the properties and guard the unknown ones.

type Rule = ResourceValidationPolicy | StackValidationPolicy;

export interface TestResource {
  readonly type: string;
  readonly name: string;
  readonly props: JsonObject;
  /** Types of its parents, as a URN has them. Default: none. */
  readonly parents?: string;
}

export type Subject = TestResource | readonly TestResource[];

/** What the engine sends in place of a string that a preview cannot know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as the engine sends it when it is a secret. */
export function secret(value: unknown): JsonObject {
  return { [specialSigKey]: specialSecretSig, value };
}

export interface Outcome {
  /** Messages, in the order of the reports. */
  readonly violations: readonly string[];
  /** URNs of the reports, where the rule gave one. */
  readonly urns: readonly (string | undefined)[];
  readonly notApplicable?: string;
  /** Property path at which the preview ended. */
  readonly unknown?: string;
}

class NotApplicable extends Error {}

interface Wire {
  readonly deserializeProperties: (struct: { toJavaScript: () => JsonObject }, keepSecrets: boolean) => JsonObject;
  readonly serializeProperties: (properties: JsonObject) => Promise<unknown>;
}

const sdk = createRequire(__filename)("@pulumi/policy/deserialize") as Wire;

/** What a program leaves undefined does not travel. */
export function wire(props: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(props)) as JsonObject;
}

function guarded(props: JsonObject, keepSecrets: boolean): JsonObject {
  // Called through the module, as the SDK does, so that the pack's own listener hears it.
  const properties = sdk.deserializeProperties({ toJavaScript: () => wire(props) }, keepSecrets);
  return unknownCheckingProxy(properties);
}

function argumentsFor(rule: Rule, config: JsonObject) {
  const defaults = Object.entries(rule.configSchema?.properties ?? {}).map(([key, schema]) => [key, schema.default]);
  return {
    stackTags: new Map<string, string>(),
    // The SDK leaves it to the caller to name the type.
    getConfig: () => ({ ...(Object.fromEntries(defaults) as JsonObject), ...config }) as never,
    notApplicable: (reason?: string): never => {
      throw new NotApplicable(reason);
    },
  };
}

function seen({ type, name, props, parents }: TestResource, keepSecrets = false) {
  const urn = `urn:pulumi:test::pack::${parents === undefined ? "" : `${parents}$`}${type}::${name}`;
  const opts = { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] };
  return {
    type,
    name,
    urn,
    props: guarded(props, keepSecrets),
    opts: { ...opts, customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 } },
    isType: () => false,
    asType: () => undefined,
  };
}

export async function validate(rule: Rule, subject: Subject, config: JsonObject = {}): Promise<Outcome> {
  const violations: string[] = [];
  const urns: (string | undefined)[] = [];
  const report = (message: unknown, urn?: string): void => {
    assert.ok(typeof message === "string");
    violations.push(message);
    urns.push(urn);
  };
  const common = argumentsFor(rule, config);
  const resources = [subject].flat();
  try {
    if ("validateStack" in rule) {
      const all = resources.map((resource) => ({ ...seen(resource), dependencies: [], propertyDependencies: {} }));
      await rule.validateStack({ ...common, resources: all }, report);
    } else {
      const validations = [rule.validateResource ?? []].flat();
      for (const resource of resources) {
        for (const validation of validations) await validation({ ...common, ...seen(resource) }, report);
      }
    }
  } catch (error) {
    if (error instanceof NotApplicable) return { violations, urns, notApplicable: error.message };
    if (!(error instanceof UnknownValueError)) throw error;
    return { violations, urns, unknown: /value at \.(\S+)/.exec(error.message)?.[1] ?? error.message };
  }
  return { violations, urns };
}

/** The properties that the engine would go on with; undefined where the rule changes nothing. */
export async function remediate(rule: Rule, subject: TestResource, config: JsonObject = {}): Promise<unknown> {
  assert.ok("remediateResource" in rule && rule.remediateResource, `${rule.name} has no remediation`);
  try {
    const result = await rule.remediateResource({ ...argumentsFor(rule, config), ...seen(subject, true) });
    return result && (await sdk.serializeProperties(result));
  } catch (error) {
    if (error instanceof NotApplicable) return undefined;
    throw error;
  }
}
