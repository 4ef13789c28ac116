import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
for (const name of JOBS) {
  const { outputFiles } = buildSync({
    // Of a job's exports only `main`: the doctor and tests use others.
    stdin: {
      contents: `import { main } from "./${name}"; job.main = main;`,
      resolveDir: join(checkoutDir, "components", "jobs"),
    },
    bundle: true,
    platform: "node",
    target: "node20",
    // Without exports, which would need helpers: `job` is a parameter, as `require` is.
    format: "cjs",
    // Jobs read YAML and write none.
    alias: { "js-yaml": join(checkoutDir, "node_modules", "js-yaml", "lib", "loader.js") },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  const packed = outputFiles.map(({ contents }) => brotliCompressSync(contents).toString("base64")).join("");
  const source = `require("node:zlib").brotliDecompressSync(Buffer.from("${packed}","base64"))`;
  const file = join(directory, `${name}.js`);
  // Function makes a text of the buffer.
  const text = `var job={};new Function("require","job",${source})(require,job);\n`;
  // An unchanged file is not written again: a running program may be reading it.
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}
