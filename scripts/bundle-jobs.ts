import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { checkoutDir } from "../shared/checkout";

/**
 * Bundles each job of `components/jobs` with everything that it imports into `bin/jobs/<name>.js`, which defines `job`.
 * From the sources and not from the compiler's output: esbuild drops unused code of ES modules only.
 */
const JOBS = ["api-readiness", "applications", "service-account-token"];

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
  legalComments: "none",
  logLevel: "warning",
});
