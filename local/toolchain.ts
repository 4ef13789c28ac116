import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { buildDir, moduleSource, program } from "./build";
import { type GoModule, modules } from "./modules";
import { toolchainsDir } from "./settings";

/** Scripts of the Node.js SDK that start policy packs and dynamic providers; official releases include them. */
const sdkScripts = ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"];

/** Increase when a change of this file changes a directory of the same programs. */
const recipe = 2;

/**
 * The modules to build so that `pulumi` works. None where Pulumi is installed: it includes its language hosts and
 * downloads its plugins.
 *
 * @param options.onDemand those that only some programs need, instead of those that each needs
 */
export function missingToolchain({ onDemand = false } = {}): GoModule[] {
  if (isInstalled("pulumi")) return [];
  return modules.filter((module) => module.toolchain && (module.onDemand ?? false) === onDemand);
}

/** PATH with the programs that are needed but not installed. */
export async function pathWith(options: { withHost: boolean }): Promise<string> {
  return `${await toolchainDir(options)}:${process.env["PATH"] ?? ""}`;
}

/**
 * A directory for PATH with every program that is needed but not installed, named by its content, so that two checkouts
 * at different commits do not change each other's programs.
 */
async function toolchainDir({ withHost }: { withHost: boolean }): Promise<string> {
  const links: Record<string, string> = {};
  for (const module of missingToolchain()) {
    // The host's own Pulumi home has the plugins; the user's home is never changed.
    if (module.plugin && withHost) continue;
    for (const name of module.programs) links[name] = await program(module.name, name);
  }
  for (const module of missingToolchain({ onDemand: true })) {
    if (!fs.existsSync(await buildDir(module))) continue;
    for (const name of module.programs) links[name] = await program(module.name, name);
  }
  if (missingToolchain().length > 0) {
    const sdk = await moduleSource("pulumi-language-nodejs", "github.com/pulumi/pulumi/sdk/v3");
    for (const name of sdkScripts) links[name] = path.join(sdk, "nodejs", "dist", name);
  }
  if (withHost) {
    if (!isInstalled("kubectl")) links["kubectl"] = await program("kubernetes", "kubectl");
    if (!isInstalled("helm")) links["helm"] = await program("helm");
  }
  const hash = createHash("sha256").update(JSON.stringify([recipe, links]));
  const dir = path.join(toolchainsDir, hash.digest("hex").slice(0, 16));
  if (fs.existsSync(dir)) return dir;
  fs.mkdirSync(toolchainsDir, { recursive: true });
  const partial = fs.mkdtempSync(`${dir}.partial-`);
  for (const [name, target] of Object.entries(links)) {
    const file = path.join(partial, name);
    if (sdkScripts.includes(name)) {
      fs.copyFileSync(target, file); // files of the module cache are not executable
      fs.chmodSync(file, 0o755);
    } else {
      // Not a symbolic link: Pulumi warns about plugins on PATH that are not in the directory of `pulumi` itself.
      fs.linkSync(target, file);
    }
  }
  fs.renameSync(partial, dir);
  return dir;
}

/**
 * Installs the plugins that were built into a Pulumi home. Their directories have the version that the SDK requires,
 * with what they really are as build metadata, which `pulumi plugin ls` shows.
 */
export async function installPlugins(pulumiHome: string): Promise<void> {
  if (missingToolchain().length === 0) return;
  const plugins = path.join(pulumiHome, "plugins");
  fs.rmSync(plugins, { recursive: true, force: true });
  for (const { name, plugin } of missingToolchain()) {
    if (!plugin) continue;
    const dir = path.join(plugins, `${name.replace("pulumi-", "")}-v${plugin}`);
    fs.mkdirSync(dir, { recursive: true });
    fs.symlinkSync(await program(name), path.join(dir, name));
  }
}

/** Whether a program is on PATH, apart from this project's own toolchains. */
function isInstalled(name: string): boolean {
  const dirs = (process.env["PATH"] ?? "").split(":").filter((dir) => dir && !dir.startsWith(toolchainsDir));
  return dirs.some((dir) => fs.existsSync(path.join(dir, name)));
}
