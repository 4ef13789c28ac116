import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { parseObject } from "../shared/json";
import { readOrEmpty } from "../shared/processes";

/** Pulumi's directory in a backend of files, given its URL; undefined for any other backend. */
export function fileBackend(url: string): string | undefined {
  const [, location] = /^file:\/\/([^?]*)/.exec(url) ?? [];
  return location && path.join(decodeURIComponent(location).replace(/^~(?=\/|$)/, os.homedir()), ".pulumi");
}

/** Such a backend has one lock file per run, with the run's process id. @throws Error while the run is alive */
export function refuseWhileLocked(backend: string, stack: string): void {
  const project = /^name:\s*(\S+)/m.exec(readOrEmpty(path.join(checkoutDir, "Pulumi.yaml")))?.[1] ?? "";
  const locks = path.join(backend, "locks", "organization", project, stack);
  for (const name of fs.existsSync(locks) ? fs.readdirSync(locks) : []) {
    const pid = parseObject(readOrEmpty(path.join(locks, name)))?.["pid"];
    if (typeof pid === "number" && readOrEmpty(`/proc/${pid}/comm`).trim() === "pulumi")
      throw new Error(`stack ${stack} is locked by pulumi (process ${pid}). Fix: wait until it has ended.`);
  }
}

/**
 * Removes the attributes of files that a killed run had begun to write: with them Pulumi can neither read that stack nor
 * list any (`EOF`). It replaces a state in one step, but not these (`setAttrs` in gocloud.dev's `blob/fileblob/attrs.go`),
 * and needs none of them.
 */
export function removeTornAttributes(backend: string): void {
  for (const name of fs.existsSync(backend) ? fs.readdirSync(backend, { recursive: true, encoding: "utf8" }) : []) {
    const file = path.join(backend, name);
    if (name.endsWith(".attrs") && parseObject(readOrEmpty(file)) === undefined) fs.rmSync(file, { force: true });
  }
}
