import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";
import { origin } from "../../testing/origin";

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
    const { date, commit, machine } = origin();
    const page = `# ${title}\n\n${date}, commit ${commit}, ${machine}\n\n\`\`\`\n${text}\n\`\`\`\n`;
    fs.writeFileSync(path.join(docs, file.replace(/\.json$/, ".md")), page);
  }
}
