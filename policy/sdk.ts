import * as sdk from "@pulumi/policy";

// The SDK exports both without declaring their types.
interface Undeclared {
  unknownCheckingProxy: (properties: Record<string, unknown>) => Record<string, unknown>;
  UnknownValueError: new (...args: never[]) => Error;
}

/**
 * The proxy around the properties that a policy reads: reading a value that is unknown at preview throws
 * `UnknownValueError`, and the engine then reports that the policy could not run.
 */
export const { unknownCheckingProxy, UnknownValueError } = sdk as unknown as Undeclared;
