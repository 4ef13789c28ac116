import * as fs from "node:fs";

import { environmentNames } from "../components/names";
import { domain } from "./settings";

const hostsFile = "/etc/hosts";
const begin = "# vcluster-environments: begin";
const end = "# vcluster-environments: end";

/**
 * Adds the API hosts of environments. Public DNS resolves them to loopback, but this machine may have no DNS. Default:
 * the environments of the committed stacks; `make up STACK=x` adds another.
 */
export function addHostNames(environments: string[] = ["dev", "staging"], file = hostsFile): void {
  const text = fs.readFileSync(file, "utf8");
  const present = text.split("\n");
  const missing = environments
    .map((environment) => `127.0.0.1 ${environmentNames(environment, domain).apiHost}`)
    .filter((line) => !present.includes(line));
  if (missing.length === 0) return;
  const block = [begin, ...missing, end].join("\n");
  // A block more, by one write to the end: of two runs at once neither loses the other's names.
  fs.appendFileSync(file, text === "" || text.endsWith("\n") ? `${block}\n` : `\n${block}`);
}

/** Removes all of them; other lines of the file stay as they are. */
export function removeHostNames(file = hostsFile): void {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  for (;;) {
    const from = lines.indexOf(begin);
    const to = lines.indexOf(end, from);
    if (from < 0 || to < 0) break;
    lines.splice(from, to - from + 1);
  }
  // Written in place: in a container the file is a mount, which a rename cannot replace.
  fs.writeFileSync(file, lines.join("\n"));
}
