import { recover } from "../interrupted-runs";
import { pulumi } from "../pulumi";
import type { Target } from "../target";

/** Destroys the environment. */
export async function down(target: Target): Promise<void> {
  if (target.existingCluster !== undefined) {
    pulumi(target, ["destroy", "--yes"]);
    return;
  }
  await recover(target);
  pulumi(target, ["destroy", "--yes", "--skip-preview", "--refresh"]);
}
