import { policyPack, pulumi } from "../pulumi";
import { resolveTarget } from "../target";

/** Previews stacks, one after the other, with the policy pack. */
export async function preview(stacks: readonly string[]): Promise<void> {
  for (const stack of stacks) pulumi(await resolveTarget(stack), ["preview"], policyPack);
}
