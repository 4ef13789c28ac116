import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { sharedFlags } from "../../local/build";
import { checkoutDir } from "../../shared/checkout";

/**
 * What a Go program in `local/go`, made of upstream's own code, answers to `questions`; both as JSON. It is built as the
 * local host's programs are, so that what was compiled for those is not compiled again.
 */
export function askOracle(name: string, questions: readonly object[]): unknown {
  const output = execFileSync("go", ["run", ...sharedFlags, "-buildvcs=false", "."], {
    cwd: path.join(checkoutDir, "local/go", name),
    env: { ...process.env, CGO_ENABLED: "0", GOGC: "400", GOWORK: "off" },
    input: JSON.stringify(questions),
    maxBuffer: 64 * 2 ** 20,
    timeout: 9 * 60_000,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return JSON.parse(output.toString());
}
