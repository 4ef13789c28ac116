import * as fs from "node:fs";
import * as path from "node:path";

import { UNRELEASED } from "./versions";

/** Directory of another version's chart, beside the one that a host's overlay names (`chart.path`). */
export function chartBeside(directory: string, version: string): string {
  return `${directory}-${version}`;
}

/** Versions whose charts are beside a directory, oldest first. */
export function versionsBeside(directory: string): string[] {
  const prefix = chartBeside(path.basename(directory), "");
  const parent = path.dirname(directory);
  const names = fs.existsSync(parent) ? fs.readdirSync(parent) : [];
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** Version of the chart in a directory; undefined where there is none, and for the one of the source code, which has none. */
export function versionIn(directory: string): string | undefined {
  const file = path.join(directory, "Chart.yaml");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const version = /^version:\s*"?([^\s"#]+)/m.exec(text)?.[1];
  return version === UNRELEASED ? undefined : version;
}
