import { saveStackFile } from "../../local/pulumi-backend";
import { pulumi } from "../pulumi";
import type { Target } from "../target";
import { apply } from "./up";

/** Sets `argocd.rotation` in the stack's file to the current time, and applies it: Argo CD gets a new token. */
export async function rotate(target: Target): Promise<void> {
  const { stack, configFile } = target;
  const time = new Date().toISOString();
  pulumi(target, ["config", "set", "--path", "argocd.rotation", time]);
  if (configFile !== undefined) saveStackFile(stack, configFile);
  console.log(
    `argocd.rotation is now ${time} in Pulumi.${stack}.yaml. Commit it: an older value would rotate the token again.`,
  );
  await apply(target);
}
