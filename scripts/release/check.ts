import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { getIn } from "../../shared/json";

/** Where the version is written, with the keys that lead to it; the first is what the others have to equal. */
const VERSIONS: readonly [file: string, ...keys: string[]][] = [
  ["package.json", "version"],
  ["package-lock.json", "version"],
  ["package-lock.json", "packages", "", "version"],
  ["policy/package.json", "version"],
  ["policy/package-lock.json", "version"],
  ["policy/package-lock.json", "packages", "", "version"],
  ["provider/package.json", "version"],
  ["provider/schema.json", "version"],
];

/** File of an npm package, as `npm pack` names it. */
export function tarball(name: string, version: string): string {
  return `${name}-${version}.tgz`;
}

/** What keeps a checkout from being released, one sentence each with its fix and code; none when it can be. */
export function releaseProblems(checkout: string): string[] {
  const read = (file: string) => fs.readFileSync(path.join(checkout, file), "utf8");
  const json = (file: string) => JSON.parse(read(file)) as unknown;
  const version = String(getIn(json("package.json"), "version"));
  return [...uncommitted(checkout), ...versions(version, json), ...changelog(version, read("CHANGELOG.md"))];
}

function uncommitted(checkout: string): string[] {
  const status = execFileSync("git", ["-C", checkout, "status", "--porcelain"], { encoding: "utf8" });
  const files = status.split("\n").filter((line) => line !== "");
  if (files.length === 0) return [];
  return [
    `work tree: ${files.length} changed or untracked files, the first ${files[0]?.slice(3) ?? ""}. ` +
      "Allowed: none. Fix: commit or remove them. [release-uncommitted]",
  ];
}

function versions(version: string, json: (file: string) => unknown): string[] {
  const expected = [
    ...VERSIONS.map(([file, ...keys]) => ({ file, keys, value: version })),
    ...["vcluster-environments", "vcluster-environments-policy"].map((name) => ({
      file: "template/package.json",
      keys: ["dependencies", name],
      value: `file:packages/${tarball(name, version)}`,
    })),
  ];
  return expected.flatMap(({ file, keys, value }) => {
    const found = getIn(json(file), ...keys);
    if (found === value) return [];
    return [
      `${file}: ${keys.join(".")} is ${JSON.stringify(found)}. Allowed: ${JSON.stringify(value)}, by package.json. ` +
        "Fix: change it, `npm run docs` for the schema. [release-version]",
    ];
  });
}

function changelog(version: string, text: string): string[] {
  const first = /^## .*$/m.exec(text)?.[0] ?? "no section";
  if (new RegExp(`^## ${version.replaceAll(".", "\\.")} \\(\\d{4}-\\d{2}-\\d{2}\\)$`).test(first)) return [];
  return [
    `CHANGELOG.md: the first section is "${first}". Allowed: "## ${version} (<year>-<month>-<day>)". ` +
      "Fix: give what is released a section with its date. [release-changelog]",
  ];
}
