import { CodedError } from "../../shared/coded";
import { previewChange } from "../preview-change";
import type { Target } from "../target";
import { apply } from "./up";

/**
 * Sets `argocd.rotation` in the stack's file to the current time, previews, and applies it: Argo CD gets a new token. What the
 * preview refuses leaves the file as it was.
 */
export async function rotate(target: Target): Promise<void> {
  const { stack } = target;
  const time = new Date().toISOString();
  const refused = () =>
    new CodedError(
      `The preview of the rotation failed, for the reasons above: nothing was changed, Pulumi.${stack}.yaml included.`,
      "rotation-refused",
    );
  previewChange(target, ["argocd.rotation", time], refused);
  console.log(
    `argocd.rotation is now ${time} in Pulumi.${stack}.yaml. Commit it: an older value would rotate the token again.`,
  );
  await apply(target);
}
