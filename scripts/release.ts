import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { packageProblems, releaseProblems, tarball } from "./release/check";
import { closure } from "./release/closure";
import { componentManifest, ENTRIES, type Manifest, PLUGIN_FILES, policyManifest } from "./release/manifests";

/** What a release consists of, as paths of this machine. */
export interface Release {
  /** npm package of the component. */
  readonly component: string;
  /** npm package of the policy pack. */
  readonly policy: string;
  /** What a tag in Git has to hold: the content of the component's package, for Pulumi, `template/`, and the files to which they link. */
  readonly repository: string;
}

/** Packs what is compiled into `directory`, which is removed first. */
export function makeRelease(directory: string): Release {
  fs.rmSync(directory, { recursive: true, force: true });
  const repository = path.join(directory, "repository");
  const component = packComponent(repository, directory);
  const policy = packPolicy(path.join(directory, "policy"), directory);
  // README, template and messages link to them; the npm package does not contain them.
  copy(checkoutDir, repository, committed("template", "docs", "ci"));
  const packages = path.join(repository, "template", "packages");
  fs.mkdirSync(packages);
  for (const file of [component, policy]) fs.copyFileSync(file, path.join(packages, path.basename(file)));
  return { component, policy, repository };
}

function packComponent(folder: string, target: string): string {
  const { component, program, provider } = ENTRIES;
  const entries = [component, program].flatMap((entry) => [`${entry}.js`, `${entry}.d.ts`]);
  copy(checkoutDir, folder, [
    ...closure(checkoutDir, [...entries, `${provider}.js`]),
    ...filesIn(checkoutDir, "bin/jobs").filter(isJob),
    ...["provider/schema.json", "CHANGELOG.md", "LICENSE", "README.md"],
  ]);
  copy(path.join(checkoutDir, "provider"), folder, PLUGIN_FILES);
  const manifest = readManifest(checkoutDir);
  writeManifest(folder, componentManifest(manifest));
  // A plugin from Git is installed by the lock file, with the versions that were tested.
  copy(checkoutDir, folder, ["package-lock.json"]);
  npm(folder, ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]);
  npm(folder, ["pack", "--pack-destination", target]);
  return path.join(target, tarball(String(manifest["name"]), manifest.version));
}

function packPolicy(folder: string, target: string): string {
  const pack = path.join(checkoutDir, "policy");
  // The pack itself, its rules, which it loads by their names, and what shows its findings in CI.
  const rules = filesIn(pack, "rules").map((file) => `bin/policy/${file.replace(/ts$/, "js")}`);
  const entries = ["bin/policy/index.js", ...rules, "bin/policy/scripts/report.js"];
  copy(pack, folder, [...closure(pack, entries), ...filesIn(pack, "profiles"), "PulumiPolicy.yaml"]);
  copy(checkoutDir, folder, ["LICENSE"]);
  const manifest = readManifest(pack);
  writeManifest(folder, policyManifest(manifest));
  npm(folder, ["pack", "--pack-destination", target]);
  fs.rmSync(folder, { recursive: true });
  return path.join(target, tarball(String(manifest["name"]), manifest.version));
}

/** Files of folders of this checkout, without what Git ignores. */
function committed(...folders: string[]): string[] {
  const names = execFileSync("git", ["-C", checkoutDir, "ls-files", "-z", ...folders], { encoding: "utf8" });
  return names.split("\0").filter((name) => name !== "");
}

/** Whether it is bundled of a source that there is still. */
function isJob(bundle: string): boolean {
  return fs.existsSync(path.join(checkoutDir, "components", "jobs", path.basename(bundle).replace(/js$/, "ts")));
}

function filesIn(root: string, folder: string): string[] {
  return fs.readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`);
}

function copy(from: string, to: string, files: readonly string[]): void {
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    fs.copyFileSync(path.join(from, file), path.join(to, file));
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
}

function writeManifest(folder: string, manifest: object): void {
  fs.writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function npm(cwd: string, args: string[]): void {
  execFileSync("npm", [...args, "--loglevel=error"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

/** Prints what keeps this checkout from being released, and sets the exit status. @returns whether there is nothing */
function accepted(problems: readonly string[]): boolean {
  if (problems.length === 0) return true;
  console.error(["This checkout cannot be released:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  process.exitCode = 1;
  return false;
}

function main(): void {
  if (!accepted(releaseProblems(checkoutDir))) return;
  const release = makeRelease(path.join(checkoutDir, "bin", "release"));
  if (!accepted([release.component, release.policy].flatMap(packageProblems))) return;
  for (const file of Object.values(release) as string[]) console.log(path.relative(checkoutDir, file));
}

if (require.main === module) main();
