import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { INTERPRETER } from "../../components/jobs/job";

/**
 * Runs the text of a job as the command provider does, but in an empty directory from which no `node_modules` can be
 * found: `destroy` may run on a machine without this repository.
 */
export async function runShipped(text: string, action: string, env: Record<string, string> = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "job-"));
  try {
    const [command = "", ...args] = INTERPRETER;
    const child = spawn(command, [...args, action], {
      stdio: "pipe",
      cwd: directory,
      env: { ...process.env, NODE_PATH: "", ...env },
    });
    child.stdin.end(text);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    const status = await new Promise((resolve) => child.once("close", resolve));
    return { status, stdout, stderr };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
