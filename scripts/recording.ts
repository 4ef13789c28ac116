// node bin/scripts/recording.js: runs the commands below for real and writes docs/recording.svg, an animated terminal.
// Needs the variables of `make env` and a stack dev that is not up.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";
import { stripVTControlCharacters } from "node:util";

import { checkoutDir } from "../shared/checkout";

/** What a reader sees as typed, and what is run: the stack file of the local host, and nothing that asks. */
const flags = `--stack dev --config-file "$STACK_FILE" --non-interactive --color never`;
const COMMANDS: readonly (readonly [shown: string, run: string])[] = [
  ["pulumi up --stack dev --policy-pack policy", `pulumi up --yes --skip-preview --policy-pack policy ${flags}`],
  [
    "kubectl --kubeconfig dev.kubeconfig get namespaces",
    `file=$(mktemp); pulumi stack output kubeconfig --show-secrets --stack dev >"$file"; kubectl --kubeconfig "$file" get namespaces; rm "$file"`,
  ],
  [
    "pulumi preview --stack dev   # with persistence.size changed to 10Gi",
    `pulumi preview ${flags} --config-path --config vcluster-environments:persistence.size=10Gi 2>&1 | grep -A 1 '^ *error: 1 problem'`,
  ],
];

const COLUMNS = 110;
const ROWS = 26;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 8;
/** Seconds: longer waits of the recorded run are cut to the first, and the last picture stays for the second. */
const LONGEST_WAIT = 0.8;
const REST = 6;

/** A line and the second at which it appears. */
type Line = Readonly<{ at: number; text: string }>;

async function record(): Promise<Line[]> {
  const lines: Line[] = [];
  let clock = 0.5;
  let last = Date.now();
  const add = (text: string) => {
    clock += Math.min((Date.now() - last) / 1000, LONGEST_WAIT);
    last = Date.now();
    for (let start = 0; start === 0 || start < text.length; start += COLUMNS) {
      lines.push({ at: clock, text: text.slice(start, start + COLUMNS) });
    }
  };
  for (const [shown, run] of COMMANDS) {
    add(`$ ${shown}`);
    const child = spawn("bash", ["-c", run], { cwd: checkoutDir, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of readline.createInterface(child.stdout)) {
      const text = stripVTControlCharacters(line).trimEnd();
      if (text !== "" && !/^@ updating|^\s*$/.test(text)) add(text);
    }
    add("");
  }
  return lines;
}

/** An SVG that shows each line at its time and scrolls as a terminal does; it needs no script to play. */
function svg(lines: readonly Line[]): string {
  const total = (lines.at(-1)?.at ?? 0) + REST;
  const percent = (seconds: number) => `${((100 * seconds) / total).toFixed(2)}%`;
  const texts = lines.map(({ at, text }, row) => {
    const appears = `@keyframes l${row} { 0%, ${percent(at)} { opacity: 0 } ${percent(at + 0.01)}, 100% { opacity: 1 } }`;
    const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
    const command = text.startsWith("$ ") ? ' class="command"' : "";
    const style = `animation: l${row} ${total.toFixed(1)}s infinite`;
    return { appears, text: `<text y="${(row + 1) * LINE_HEIGHT}" style="${style}"${command}>${escaped}</text>` };
  });
  const scrolls = lines.flatMap(({ at }, row) => {
    const shift = -Math.max(0, row + 1 - ROWS) * LINE_HEIGHT;
    return shift === 0 ? [] : [`${percent(at)} { transform: translateY(${shift}px) }`];
  });
  const end = -Math.max(0, lines.length - ROWS) * LINE_HEIGHT;
  const [width, height] = [COLUMNS * CHARACTER_WIDTH + 32, ROWS * LINE_HEIGHT + 32];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: 13px ui-monospace, monospace; fill: #d4d4d4; white-space: pre }
.command { fill: #7dd3fc }
#screen { animation: scroll ${total.toFixed(1)}s infinite step-end }
@keyframes scroll { 0% { transform: translateY(0) } ${scrolls.join(" ")} 100% { transform: translateY(${end}px) } }
${texts.map(({ appears }) => appears).join("\n")}
</style>
<rect width="100%" height="100%" rx="6" fill="#1e1e1e"/>
<svg x="16" y="12" width="${width - 32}" height="${height - 24}"><g id="screen">
${texts.map(({ text }) => text).join("\n")}
</g></svg>
</svg>
`;
}

void record().then((lines) => {
  fs.writeFileSync(path.join(checkoutDir, "docs", "recording.svg"), svg(lines));
});
