import * as fs from "node:fs";

import { buildAll, buildDir } from "../../local/build";
import { downSteps, isUp, NOT_UP, upSteps, vclusterSteps } from "../../local/host";
import { type GoModule, goModule, modules } from "../../local/modules";
import { removeSalts } from "../../local/pulumi-backend";
import { hasContainers } from "../../local/processes";
import { describe, installPackages, missingPackages, preflight } from "../../local/requirements";
import { otherVclusters, stateDir, vclusterModule } from "../../local/settings";
import { missingToolchain } from "../../local/toolchain";
import { CodedError } from "../../shared/coded";
import { runSteps } from "../../shared/steps";

/** Builds and starts the local host. */
export async function hostUp(): Promise<void> {
  const needed = [...modules.filter((module) => !module.toolchain && !module.onDemand), ...missingToolchain()];
  const findings = await preflight({ hostRuns: hasContainers(), cold: await isCold(needed) });
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
  removeSalts(); // Later nobody knows which salts were this host's.
  await runSteps(downSteps());
}

/** Builds what only some programs of Pulumi need, such as the language host for YAML, unless Pulumi is installed. */
export async function buildOnDemand(): Promise<void> {
  await buildAll(missingToolchain({ onDemand: true }));
}

/**
 * Builds other versions of vCluster and adds their images and charts to the local host, which must be up.
 *
 * @param wanted the versions. Default: all that can be built here
 */
export async function addVclusters(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((version) => !otherVclusters.includes(version));
  if (unknown.length > 0) {
    const allowed = otherVclusters.join(", ");
    throw new CodedError(
      `vCluster ${unknown.join(", ")} cannot be built here. Allowed: ${allowed}.`,
      "vcluster-version-unknown",
    );
  }
  if (!(await isUp())) throw new Error(NOT_UP);
  const chosen = wanted.length > 0 ? wanted : otherVclusters;
  await buildAll(chosen.map((version) => goModule(vclusterModule(version))));
  await runSteps(vclusterSteps(chosen));
}

/** Whether anything has to be built. */
async function isCold(needed: readonly GoModule[]): Promise<boolean> {
  for (const module of needed) if (!fs.existsSync(await buildDir(module).catch(() => ""))) return true;
  return false;
}
