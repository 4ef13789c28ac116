import * as sdk from "@pulumi/policy";

// The SDK exports both, and leaves them out of its type declarations.
interface Undeclared {
  unknownCheckingProxy: (properties: Record<string, unknown>) => Record<string, unknown>;
  UnknownValueError: new (...args: never[]) => Error;
}

/**
 * What guards the properties that a policy reads: reading a value that a preview cannot know throws
 * `UnknownValueError`, and the engine then says that the policy could not run.
 */
export const { unknownCheckingProxy, UnknownValueError } = sdk as unknown as Undeclared;
