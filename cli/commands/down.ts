import { recover } from "../interrupted-runs";
import { pulumi } from "../pulumi";
import type { Target } from "../target";

/** Destroys the environment. */
export async function down(target: Target): Promise<void> {
  const local = target.existingCluster === undefined;
  if (local) await recover(target);
  pulumi(target, ["destroy", "--yes", ...(local ? ["--skip-preview", "--refresh"] : [])]);
}
