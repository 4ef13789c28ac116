import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync } from "node:zlib";

import { buildSync } from "esbuild";

import { checkoutDir } from "../shared/checkout";

/**
 * Bundles each job of `components/jobs` with everything that it imports into `bin/jobs/<name>.js`, which defines `job`.
 * From the sources and not from the compiler's output: esbuild drops unused code of ES modules only.
 *
 * Compressed to a third, because the state has the text twice for each command.
 */
const JOBS = ["api-readiness", "applications", "guard", "service-account-token"];

const directory = join(checkoutDir, "bin", "jobs");
mkdirSync(directory, { recursive: true });
const { outputFiles } = buildSync({
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
  write: false,
});
for (const { path, contents } of outputFiles) {
  const packed = brotliCompressSync(contents).toString("base64");
  const source = `require("node:zlib").brotliDecompressSync(Buffer.from("${packed}","base64")).toString()`;
  writeFileSync(join(directory, basename(path)), `var job=new Function("require",${source}+"return job")(require);\n`);
}
