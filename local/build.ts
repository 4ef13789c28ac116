import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../shared/exec";
import { runSteps, type Step } from "../shared/steps";
import { goModule, type GoModule } from "./modules";
import { buildsDir, localDir } from "./settings";

/** Increase when a change of the build changes its result. */
const recipe = "1";

/** Directory of a module's programs, built or not, named by a hash of everything that the build depends on. */
export async function buildDir(module: GoModule): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([recipe, (await run("go", ["env", "GOVERSION"], inModule(module))).trim(), module]));
  const dir = moduleDir(module);
  for (const file of sourceFiles(dir)) hash.update(`${file}\0`).update(fs.readFileSync(path.join(dir, file)));
  return path.join(buildsDir, module.name, hash.digest("hex").slice(0, 16));
}

/** Path of a built program. */
export async function program(moduleName: string, name = moduleName): Promise<string> {
  return path.join(await buildDir(goModule(moduleName)), name);
}

/** Directory of a dependency's sources in Go's module cache, read-only: copy before changing. */
export async function moduleSource(moduleName: string, dependency: string): Promise<string> {
  const module = goModule(moduleName);
  await run("go", ["mod", "download", dependency], inModule(module));
  return (await run("go", ["list", "-m", "-f", "{{.Dir}}", dependency], inModule(module))).trim();
}

/**
 * Builds a module unless it was built before. The result is renamed into place, so that a killed build never looks
 * complete.
 *
 * @returns whether it had to be built
 */
async function build(module: GoModule, report: (line: string) => void): Promise<boolean> {
  const target = await buildDir(module);
  if (fs.existsSync(target)) return false;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const partial = fs.mkdtempSync(`${target}.partial-`);
  try {
    const options = { ...inModule(module), onLine: report, timeoutMs: 45 * 60_000 };
    if (module.source === "main") await run("go", ["generate", "./..."], options);
    await run(
      "go",
      ["build", ...buildFlags(module), "-o", `${partial}/`, module.source === "tool" ? "tool" : "."],
      options,
    );
    for (const name of module.programs) {
      if (!fs.existsSync(path.join(partial, name)))
        throw new Error(`${module.name}: the build did not produce program ${name}`);
    }
    fs.renameSync(partial, target);
    return true;
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
}

/** Builds the modules that were not built before. */
export async function buildAll(needed: readonly GoModule[]): Promise<void> {
  removePartialBuilds();
  const steps: Step[] = [];
  for (const module of needed) {
    if (fs.existsSync(await buildDir(module))) continue;
    steps.push({ title: `build ${module.name}`, run: (report) => build(module, report) });
  }
  if (steps.length > 0) await runSteps(steps);
}

/** Removes the results of killed builds. Requires the machine-wide lock, so that no build is running. */
function removePartialBuilds(): void {
  for (const { name } of fs.existsSync(buildsDir) ? fs.readdirSync(buildsDir, { withFileTypes: true }) : []) {
    for (const entry of fs.readdirSync(path.join(buildsDir, name))) {
      if (entry.includes(".partial-")) fs.rmSync(path.join(buildsDir, name, entry), { recursive: true, force: true });
    }
  }
}

function buildFlags(module: GoModule): string[] {
  const linker = ["-s", "-w", ...(module.variables ?? []).map((variable) => `-X ${variable}`)];
  if (module.cgo) linker.push("-extldflags=-static");
  return [
    "-trimpath",
    "-buildvcs=false",
    ...(module.cgo ? ["-tags=netgo,osusergo"] : []),
    `-ldflags=${linker.join(" ")}`,
  ];
}

function inModule(module: GoModule) {
  // Less garbage collection makes a cold build a fifth faster.
  return { cwd: moduleDir(module), env: { GOGC: "400", GOWORK: "off", CGO_ENABLED: module.cgo ? "1" : "0" } };
}

function moduleDir(module: GoModule): string {
  return path.join(localDir, "go", module.name);
}

function sourceFiles(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((file) => /(\.go|^go\.(mod|sum))$/.test(file) && !file.endsWith("_test.go"))
    .sort();
}
