import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { checkoutDir } from "../shared/checkout";

const JOBS = ["api-readiness", "applications", "service-account-token"];

/**
 * Bundles each job of `components/jobs` with everything that it imports into `bin/jobs/<name>.js`, which defines `job`.
 * From the sources and not from what the compiler wrote: only of ES modules is left out what a job does not use.
 */
const directory = join(checkoutDir, "bin", "jobs");
mkdirSync(directory, { recursive: true });
buildSync({
  entryPoints: JOBS.map((name) => join(checkoutDir, "components", "jobs", `${name}.ts`)),
  outdir: directory,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "iife",
  globalName: "job",
  minify: true,
  // Names of classes are part of messages of errors.
  keepNames: false,
  legalComments: "none",
  logLevel: "warning",
});
