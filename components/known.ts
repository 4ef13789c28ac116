import type { Output } from "@pulumi/pulumi";

/** Whether the value of an output is known: at preview, many are not. In the SDK's code, but missing in its types. */
export function isKnown(output: Output<unknown>): Promise<boolean> {
  return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}
