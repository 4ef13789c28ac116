import * as fs from "node:fs";
import * as path from "node:path";

import { saveStackFile } from "../local/pulumi-backend";
import { checkoutDir } from "../shared/checkout";
import { policyPack, pulumi } from "./pulumi";
import type { StackAccess } from "./target";

/**
 * Sets a key in the stack's file, and previews. What the preview refuses leaves the file as it was.
 *
 * @param change path and value of the key; undefined: the file has it already
 * @throws what `refused` returns, where the preview fails; Pulumi has printed why
 */
export function previewChange(
  target: StackAccess,
  change: readonly [key: string, value: string] | undefined,
  refused: () => Error,
): void {
  const { stack, configFile } = target;
  const file = configFile ?? path.join(checkoutDir, `Pulumi.${stack}.yaml`);
  const before = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
  if (change !== undefined) pulumi(target, ["config", "set", "--path", ...change]);
  try {
    pulumi(target, ["preview"], policyPack);
  } catch {
    if (before === undefined) fs.rmSync(file, { force: true });
    else fs.writeFileSync(file, before);
    throw refused();
  }
  if (configFile !== undefined) saveStackFile(stack, configFile);
}
