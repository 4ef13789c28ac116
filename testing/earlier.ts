import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { exec, succeeded } from "../shared/exec";

/** The last commit before the folders of components, sub-components and the allow-list. */
export const EARLIER = "5f86235";

/**
 * This project as it was at that commit, program and policy pack compiled, in a directory of its own.
 *
 * @returns the directory; it goes with the process
 * @throws where git, npm or the compiler fails, with what they said
 */
export async function earlierCheckout(commit: string): Promise<string> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), `earlier-${commit}-`));
  process.once("exit", () => {
    fs.rmSync(scratch, { recursive: true, force: true });
  });
  const checkout = path.join(scratch, "checkout");
  const run = async (cwd: string, command: string, ...args: string[]) =>
    succeeded(await exec(command, args, { cwd, timeoutMs: 300_000 }));
  await run(scratch, "git", "clone", "--quiet", checkoutDir, checkout);
  await run(checkout, "git", "checkout", "--quiet", commit);
  const install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run(checkout, "npm", ...install);
  await run(checkout, "npm", ...install, "--prefix", "policy");
  await run(checkout, "npx", "tsc", "--build");
  await run(checkout, "npm", "--prefix", "policy", "run", "build");
  return checkout;
}
