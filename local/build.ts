import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../shared/exec";
import { runSteps } from "../shared/steps";
import { buildTitle } from "./build-progress";
import { goModule, type GoModule } from "./modules";
import { buildsDir, localDir } from "./settings";

const moduleDir = (module: GoModule) => path.join(localDir, "go", module.folder ?? module.name);
/** Increase when a change of the build changes its result. */
const recipe = "2";

/** Of one build. */
const timeoutMs = 45 * 60_000;

/**
 * Flags of every build, test and check of Go code here: a package is compiled once only where all of them are the same. No
 * debug information, which the linker would drop; the tags are for the one program with cgo, and change nothing without it.
 */
export const sharedFlags = ["-trimpath", "-tags=netgo,osusergo", "-gcflags=all=-dwarf=false"];

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
  await inPartialDir(target, async (partial) => {
    const options = { ...inModule(module), onLine: report, timeoutMs };
    if (module.source === "main") await run("go", ["generate", "./..."], options);
    const output = path.join(partial, "programs");
    const flags = [...(await withReplacedFiles(module, partial)), ...buildFlags(module)];
    await run("go", ["build", ...flags, "-o", `${output}/`, packageOf(module)], options);
    for (const name of module.programs) {
      if (!fs.existsSync(path.join(output, name)))
        throw new Error(`${module.name}: the build did not produce program ${name}`);
    }
    fs.renameSync(output, target);
  });
  return true;
}

/** Builds the modules that were not built before. */
export async function buildAll(needed: readonly GoModule[]): Promise<void> {
  const missing: GoModule[] = [];
  for (const module of needed) if (!fs.existsSync(await buildDir(module))) missing.push(module);
  if (missing.length === 0) return; // Read-only commands run beside a build, without the lock.
  removePartialBuilds();
  const names = missing.map(({ name }) => name);
  const start = Date.now();
  const builds = new AbortController();
  const ahead = workAhead(missing.slice(1), builds.signal);
  try {
    for (const [index, module] of missing.entries()) {
      const title = buildTitle(names, index, (Date.now() - start) / 1000);
      await runSteps([{ title, done: `build ${module.name}`, run: (report) => build(module, report) }]);
    }
  } finally {
    builds.abort();
  }
  await ahead;
}

/**
 * Downloads what later builds need while the first one compiles, then compiles for the last ones first in the processor time
 * that the build leaves over: it links, or compiles one large package, on one core. What fails is left to the build.
 */
async function workAhead(later: readonly GoModule[], builds: AbortSignal): Promise<void> {
  for (const module of later) await list(module, builds);
  for (const module of [...later].reverse()) await list(module, builds, "-export");
}

/** Lists the packages of a build, for which Go needs their sources, and with `-export` what it compiles of them. */
async function list(module: GoModule, builds: AbortSignal, ...options: string[]): Promise<void> {
  if (builds.aborted) return;
  await inPartialDir(await buildDir(module), async (partial) => {
    const flags = ["-e", "-deps", ...options, ...sharedFlags, ...(await withReplacedFiles(module, partial))];
    await run("nice", ["-n", "19", "go", "list", ...flags, packageOf(module)], {
      ...inModule(module),
      timeoutMs,
      signal: builds,
    });
  }).catch(() => undefined);
}

/** Calls `work` with a new directory beside `target`, which is removed afterwards. */
async function inPartialDir(target: string, work: (partial: string) => Promise<void>): Promise<void> {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const partial = fs.mkdtempSync(`${target}.partial-`);
  try {
    await work(partial);
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
}

/** Removes the results of killed builds. Requires the machine-wide lock, so that no build is running. */
function removePartialBuilds(): void {
  for (const { name } of fs.existsSync(buildsDir) ? fs.readdirSync(buildsDir, { withFileTypes: true }) : []) {
    for (const entry of fs.readdirSync(path.join(buildsDir, name))) {
      if (entry.includes(".partial-")) fs.rmSync(path.join(buildsDir, name, entry), { recursive: true, force: true });
    }
  }
}

/**
 * Copies dependencies, places our files over upstream's, and edits upstream's by `edit.sed` where there is one.
 *
 * @param dir empty directory for the copies, and for a go.mod that names them
 * @returns flags for `go build`; none where nothing is replaced
 */
async function withReplacedFiles(module: GoModule, dir: string): Promise<string[]> {
  if (module.replaced === undefined) return [];
  const modfile = path.join(dir, "go.mod");
  for (const file of ["go.mod", "go.sum"]) fs.copyFileSync(path.join(moduleDir(module), file), path.join(dir, file));
  for (const dependency of module.replaced) {
    const copy = path.join(dir, dependency);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    const source = await moduleSource(module.name, dependency);
    await run("cp", ["-r", "--no-preserve=mode", source, copy]); // files of the module cache are read-only
    fs.cpSync(path.join(moduleDir(module), "_replaced", dependency), copy, { recursive: true });
    const script = path.join(copy, "edit.sed");
    if (fs.existsSync(script)) {
      await run("find", [copy, "-name", "*.go", "-exec", "sed", "-i", "-E", "-f", script, "{}", "+"]);
    }
    await run("go", ["mod", "edit", `-replace=${dependency}=${copy}`, modfile]);
  }
  return [`-modfile=${modfile}`];
}

function packageOf(module: GoModule): string {
  return module.source === "main" ? "." : (module.tool ?? "tool");
}

function buildFlags(module: GoModule): string[] {
  const linker = ["-s", "-w", ...(module.variables ?? []).map((variable) => `-X ${variable}`)];
  if (module.cgo) linker.push("-extldflags=-static");
  return [...sharedFlags, "-buildvcs=false", `-ldflags=${linker.join(" ")}`];
}

function inModule(module: GoModule) {
  // Less garbage collection makes a cold build a fifth faster.
  const env = { ...process.env, GOGC: "400", GOWORK: "off", CGO_ENABLED: module.cgo ? "1" : "0" };
  return { cwd: moduleDir(module), env };
}

function sourceFiles(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((file) => /(\.go|\.sed|(^|\/)go\.(mod|sum))$/.test(file) && !file.endsWith("_test.go"))
    .sort();
}
