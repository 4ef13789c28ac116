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
  const hosts = environments.map((environment) => environmentNames(environment, domain).apiHost);
  write(file, (known) => [...new Set([...known, ...hosts])]);
}

/** Removes all of them; other lines of the file stay as they are. */
export function removeHostNames(file = hostsFile): void {
  write(file, () => []);
}

function write(file: string, names: (known: string[]) => string[]): void {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const from = lines.indexOf(begin);
  const block = from < 0 ? [] : lines.splice(from, lines.indexOf(end) - from + 1);
  const hosts = names(block.slice(1, -1).map((line) => line.split(" ")[1] ?? ""));
  const last = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  if (hosts.length > 0) lines.splice(last, 0, begin, ...hosts.map((name) => `127.0.0.1 ${name}`), end);
  // Written in place: in a container the file is a mount, which a rename cannot replace.
  fs.writeFileSync(file, lines.join("\n"));
}
