import * as fs from "node:fs";

import { domain } from "./settings";

const hostsFile = "/etc/hosts";
const begin = "# vcluster-environments: begin";
const end = "# vcluster-environments: end";

/**
 * API names of environments, which the world's DNS resolves to loopback, and this machine perhaps not. Names of the
 * committed stacks; `make up STACK=x` adds others.
 */
export function addHostNames(stacks: string[] = ["dev", "staging"], file = hostsFile): void {
  const names = new Set([...knownNames(file), ...stacks.map((stack) => `${stack}-vcluster.${domain}`)]);
  write(file, [...names]);
}

/** Takes all of them out; other lines of the file stay as they are. */
export function removeHostNames(file = hostsFile): void {
  write(file, []);
}

function knownNames(file: string): string[] {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  if (!lines.includes(begin)) return [];
  return lines.slice(lines.indexOf(begin) + 1, lines.indexOf(end)).map((line) => line.split(" ")[1] ?? "");
}

function write(file: string, names: string[]): void {
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const from = lines.indexOf(begin);
  if (from >= 0) lines.splice(from, lines.indexOf(end) - from + 1);
  const block = names.length > 0 ? [begin, ...names.map((name) => `127.0.0.1 ${name}`), end] : [];
  const last = lines.length > 0 && lines[lines.length - 1] === "" ? lines.length - 1 : lines.length;
  lines.splice(last, 0, ...block);
  // Written in place: in a container the file is a mount, which a rename cannot replace.
  fs.writeFileSync(file, lines.join("\n"));
}
