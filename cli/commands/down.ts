import { checkDestroyed, resourcesIn } from "../check-destroyed";
import { hostOf } from "../host-client";
import { recover } from "../interrupted-runs";
import type { State } from "../state";
import { askPulumi, pulumi, readConfig } from "../pulumi";
import { retains } from "../running-environment";
import type { Target } from "../target";

/** Destroys the environment, and looks whether its namespace is gone. */
export async function down(target: Target): Promise<void> {
  const local = target.existingCluster === undefined;
  if (local) await recover(target);
  const before = resourcesIn(JSON.parse(await askPulumi("stack", "export", "--stack", target.stack)) as State);
  pulumi(target, ["destroy", "--yes", ...(local ? ["--skip-preview", "--refresh"] : [])]);
  if (before.length === 0) return;
  const config = await readConfig(target);
  await checkDestroyed(await hostOf(target, config), target, before, retains(config));
}
