import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";

/** Where suites leave what they measured, for scripts and for {@link publish}: `<checkout>/bin/results`. */
const directory = path.join(checkoutDir, "bin", "results");

/** What a suite found: for people as lines of text, for scripts as data. */
interface Result {
  title: string;
  text: string;
  data: unknown;
}

/** Keeps the result of a suite as `bin/results/<name>.json`. */
export function keepResult(name: string, result: Result): void {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** Forgets the results of earlier runs. */
export function forgetResults(): void {
  fs.rmSync(directory, { recursive: true, force: true });
}

/** Writes what the suites of this run kept to `docs/results/<name>.md`, with what it was measured on. */
export function publish(docs = "docs/results"): void {
  if (!fs.existsSync(directory)) return;
  for (const file of fs.readdirSync(directory)) {
    const { title, text } = JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as Result;
    const page = `# ${title}\n\n${circumstances()}\n\n\`\`\`\n${text}\n\`\`\`\n`;
    fs.writeFileSync(path.join(docs, file.replace(/\.json$/, ".md")), page);
  }
}

/** Date, commit and machine. */
function circumstances(): string {
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  const machine = `${os.cpus().length} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${machine}`;
}
