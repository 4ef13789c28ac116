import { execFileSync } from "node:child_process";
import * as os from "node:os";

/** What something was measured on. */
export function origin(): { date: string; commit: string; machine: string } {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim(),
    machine: `${os.cpus().length} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node.js ${process.version}`,
  };
}
