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
  return [
    ...uncommitted(checkout),
    ...tagged(checkout, version),
    ...versions(version, json),
    ...changelog(version, read("CHANGELOG.md")),
  ];
}

/** Files that the package.json in an npm package names and the package does not contain, one sentence each with its fix and code. */
export function packageProblems(file: string): string[] {
  const tar = (...args: string[]) => execFileSync("tar", args, { encoding: "utf8" });
  const files = new Set(tar("-tzf", file).split("\n"));
  const { main, types, exports } = JSON.parse(tar("-xzOf", file, "package/package.json")) as Record<string, unknown>;
  return texts([main, types, exports])
    .filter((name) => !files.has(path.join("package", name)))
    .map(
      (name) =>
        `${path.basename(file)}: package.json names ${name}, which is not packed. Fix: correct scripts/release/manifests.ts. [release-package]`,
    );
}

/** All texts in a value. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
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

/** A released version always has the same content. */
function tagged(checkout: string, version: string): string[] {
  const git = (...args: string[]) => execFileSync("git", ["-C", checkout, ...args], { encoding: "utf8" }).trim();
  const tag = `v${version}`;
  if (git("tag", "--list", tag) === "" || git("rev-list", "-n1", tag) === git("rev-parse", "HEAD")) return [];
  return [
    `${tag}: the tag is at another commit. Allowed: none, or this commit. ` +
      "Fix: give the next release a version of its own in package.json. [release-tagged]",
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
  const [, date = ""] =
    new RegExp(`^## ${version.replaceAll(".", "\\.")} \\((\\d{4}-\\d{2}-\\d{2})\\)$`).exec(first) ?? [];
  if (!Number.isNaN(Date.parse(date))) return [];
  return [
    `CHANGELOG.md: the first section is "${first}". Allowed: "## ${version} (<year>-<month>-<day>)". ` +
      "Fix: give what is released a section with its date. [release-changelog]",
  ];
}
