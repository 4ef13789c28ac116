import type { Target } from "../target";
import { apply, up } from "./up";

/** Repairs what a killed run, or somebody who deleted objects by hand, has left. */
export async function recoverStack(target: Target): Promise<void> {
  if (target.existingCluster === undefined) await up(target);
  else await apply(target, true);
}
