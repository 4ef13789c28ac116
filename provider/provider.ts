import { type ComponentResourceOptions, type Input, type Inputs, isSecret, type Output, output } from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";

import { Environment, type EnvironmentArgs, resolve, type ResolvedEnvironment } from "../components";
import { isKnown } from "../components/known";
import { COMPONENT_TYPE, outputsOf } from "../components/outputs";
import { SECRET_VALUES } from "../components/vcluster/install";
import { type Problem, UserError } from "../shared/errors";
import type { JsonObject } from "../shared/json";

/** The component `Environment` for programs in other languages, which pass its inputs through the engine. */
export class EnvironmentProvider implements Provider {
  readonly version: string;

  /** @param schema Pulumi's schema of the package, as JSON, from which the SDKs of other languages are generated */
  constructor(readonly schema: string) {
    this.version = (JSON.parse(schema) as { version: string }).version;
  }

  /**
   * Declares an environment from the engine's inputs.
   *
   * @throws ConfigurationError with every problem, before anything is registered: those that TypeScript gets, and keys
   * other than `values` that are secret or not known yet
   */
  async construct(
    name: string,
    type: string,
    inputs: Inputs,
    options: ComponentResourceOptions,
  ): Promise<ConstructResult> {
    if (type !== COMPONENT_TYPE) {
      throw new UserError(
        `There is no component ${type} in this package. Fix: use ${COMPONENT_TYPE}. [component-unknown]`,
      );
    }
    const environment = new Environment(name, await resolved(name, inputs), withoutEmptyProviders(options));
    return { urn: environment.urn, state: outputsOf(environment) };
  }
}

/** Resolves the inputs as plain arguments; only `values` may be an output. */
async function resolved(name: string, inputs: Inputs): Promise<ResolvedEnvironment> {
  const problems: Problem[] = [];
  const plain: JsonObject = {};
  for (const [key, input] of Object.entries(inputs) as [string, Input<unknown>][]) {
    const { known, secret, value } = await settled(input);
    if (key === "values") {
      if (secret && inputs["delivery"] === "argocd") problems.push(SECRET_VALUES);
    } else if (!known) {
      problems.push(unknown(key));
    } else if (secret) {
      problems.push(hidden(key)); // so that no message shows it
    }
    if (known && (key === "values" || !secret)) plain[key] = value;
  }
  const values = "values" in inputs ? output(inputs["values"] as Input<JsonObject>) : undefined;
  const args = { ...(values !== undefined && { values }), ...plain } as unknown as EnvironmentArgs;
  return resolve(name, args, { problems, values });
}

/** The present value of an input, with everything inside it. */
async function settled(input: Input<unknown>) {
  const whole: Output<unknown> = output<unknown>(input);
  const known = await isKnown(whole);
  const value = known ? await new Promise((resolve) => whole.apply(resolve)) : undefined;
  return { known, secret: await isSecret(whole), value };
}

function unknown(path: string): Problem {
  return {
    path,
    code: "output-unknown",
    problem: "an output that is unknown during preview",
    allowed: "a value known during preview; unknown outputs only in values",
    fix: "use a plain value, or stack configuration",
  };
}

function hidden(path: string): Problem {
  return {
    path,
    code: "secret-not-allowed",
    problem: "secret, but would be readable on the host and in the state",
    allowed: "secrets in values only",
    fix: "use a plain value",
  };
}

/** The SDK passes an empty map where no provider was given; `Environment` expects none. */
function withoutEmptyProviders({ providers = {}, ...options }: ComponentResourceOptions): ComponentResourceOptions {
  return Object.keys(providers).length === 0 ? options : { ...options, providers };
}
