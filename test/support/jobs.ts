import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { brotliDecompressSync } from "node:zlib";

import { INTERPRETER } from "../../components/jobs/job";
import { exec } from "../../shared/exec";

/**
 * Runs the text of a job as the command provider does, but in an empty directory from which no `node_modules` can be
 * found: `destroy` may run on a machine without this repository.
 */
export async function runShipped(text: string, action: string, env: Record<string, string> = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "job-"));
  try {
    const [command = "", ...args] = INTERPRETER;
    const { exitCode, stdout, stderr } = await exec(command, [...args, action], {
      cwd: directory,
      env: { ...process.env, NODE_PATH: "", ...env },
      input: text,
    });
    return { status: exitCode, stdout, stderr };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** The program in the text of a job, as scripts/bundle-jobs.ts has compressed it. */
export function unpacked(text: string): string {
  return brotliDecompressSync(Buffer.from(/"([\w+/=]{100,})","base64"/.exec(text)?.[1] ?? "", "base64")).toString();
}
