import * as fs from "node:fs";
import * as path from "node:path";

import * as ts from "typescript";

/**
 * The files, and every other file under `root` that they import: what a package has to contain, and nothing that an older
 * build left behind. Imports of npm packages are not followed.
 *
 * @param entries compiled programs (`.js`) and declarations (`.d.ts`), as paths in `root`
 * @throws Error that names an import without a file
 */
export function closure(root: string, entries: readonly string[]): string[] {
  const found = new Set<string>();
  const pending = [...entries];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    if (!/\.(js|ts)$/.test(file)) continue;
    const { importedFiles } = ts.preProcessFile(fs.readFileSync(path.join(root, file), "utf8"), true, true);
    for (const { fileName } of importedFiles)
      if (fileName.startsWith(".")) pending.push(resolved(root, file, fileName));
  }
  return [...found].sort();
}

function resolved(root: string, from: string, imported: string): string {
  const base = path.join(path.dirname(from), imported);
  const extension = from.endsWith(".d.ts") ? ".d.ts" : ".js";
  for (const file of [base, base + extension, path.join(base, `index${extension}`)]) {
    if (fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile()) return file;
  }
  throw new Error(`${from} imports ${imported}, which is not compiled. Fix: make clean build.`);
}
