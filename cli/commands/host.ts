import * as fs from "node:fs";

import { buildAll, buildDir } from "../../local/build";
import { downSteps, upSteps } from "../../local/host";
import { modules } from "../../local/modules";
import { hasContainers } from "../../local/processes";
import { describe, installPackages, missingPackages, preflight } from "../../local/requirements";
import { stateDir } from "../../local/settings";
import { missingToolchain } from "../../local/toolchain";
import { runSteps } from "../../shared/steps";

/** Builds and starts the local host. */
export async function hostUp(): Promise<void> {
  const needed = modules.filter((module) => !module.toolchain || missingToolchain().includes(module));
  const findings = await preflight({ hostRuns: hasContainers(), cold: await isCold() });
  if (findings.length > 0) throw new Error(describe(findings));
  await packages();
  await buildAll(needed);
  await runSteps(upSteps());
}

/** Installs the Debian packages that the host and the tests need. */
export async function packages(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  await runSteps([
    { title: `Debian packages: ${missing.join(" ")}`, run: (report) => installPackages(missing, report) },
  ]);
}

/** Removes the local host and everything on it. */
export async function hostDown(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("Removing the local host requires root. Fix: run it as root.");
  if (!fs.existsSync(stateDir)) {
    console.log("There is no local host.");
    return;
  }
  await runSteps(downSteps());
}

/** Whether anything has to be built. */
async function isCold(): Promise<boolean> {
  for (const module of modules) if (!fs.existsSync(await buildDir(module).catch(() => ""))) return true;
  return false;
}
