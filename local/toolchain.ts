import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { moduleSource, program } from "./build";
import { modules, type GoModule } from "./modules";
import { toolchainsDir } from "./settings";

/** Scripts of the Node.js SDK that start policy packs and dynamic providers; official installs bring them along. */
const sdkScripts = ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"];

/**
 * The programs that have to be built so that `pulumi` works. None where Pulumi is installed: it brings its language
 * host and fetches its plugins.
 */
export function missingToolchain(): GoModule[] {
  return isInstalled("pulumi") ? [] : modules.filter((module) => module.toolchain);
}

/**
 * One directory with all that a shell needs and does not have, named by its content, so that two checkouts at
 * different commits do not change each other's programs.
 */
export async function toolchainDir(options: { withHost: boolean }): Promise<string> {
  const links: Record<string, string> = {};
  for (const module of missingToolchain()) {
    for (const name of module.programs) links[name] = await program(module.name, name);
  }
  if (missingToolchain().length > 0) {
    const sdk = await moduleSource("pulumi-language-nodejs", "github.com/pulumi/pulumi/sdk/v3");
    for (const name of sdkScripts) links[name] = path.join(sdk, "nodejs", "dist", name);
  }
  if (options.withHost) {
    if (!isInstalled("kubectl")) links["kubectl"] = await program("kubernetes", "kubectl");
    if (!isInstalled("helm")) links["helm"] = await program("helm");
  }
  const key = createHash("sha256").update(JSON.stringify(links)).digest("hex").slice(0, 16);
  const dir = path.join(toolchainsDir, key);
  if (fs.existsSync(dir)) return dir;
  fs.mkdirSync(toolchainsDir, { recursive: true });
  const partial = fs.mkdtempSync(`${dir}.partial-`);
  for (const [name, target] of Object.entries(links)) {
    const file = path.join(partial, name);
    if (sdkScripts.includes(name)) {
      fs.copyFileSync(target, file); // a file of the module cache has no run bit
      fs.chmodSync(file, 0o755);
    } else {
      fs.symlinkSync(target, file);
    }
  }
  fs.renameSync(partial, dir);
  return dir;
}

/** Whether a program is on PATH, the driver's own toolchains aside. */
function isInstalled(name: string): boolean {
  return (process.env["PATH"] ?? "")
    .split(":")
    .filter((dir) => dir && !dir.startsWith(toolchainsDir))
    .some((dir) => fs.existsSync(path.join(dir, name)));
}
