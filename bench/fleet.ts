import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { addHostNames } from "../local/hosts-file";
import { checkoutDir } from "../shared/checkout";
import { availableMemory } from "../shared/processes";
import { exec, succeeded } from "../shared/exec";
import type { Bench, Measured, Options, Series } from "./bench";
import { MIB } from "./processes";
import { exponent } from "./statistics";

const COUNTS = [1, 5, 20];
/** Stacks whose `pulumi up` run at the same time. */
const AT_ONCE = 4;
/** Twenty in one program: more than half a minute each, where two slow cores start all control planes at once. */
const LIMIT_MS = 1_800_000;

export const fleet: Bench = { name: "fleet", title: "Many environments on the real host", run: measure };

async function measure({ quick, progress }: Options): Promise<Measured> {
  const counts = quick ? [1, 3] : COUNTS;
  const up: Series[] = [];
  const down: Series[] = [];
  const memory: Series[] = [];
  const points: [number, number][] = [];
  const limits: string[] = [];
  for (const count of counts) {
    const names = Array.from({ length: count }, (_, i) => `fleet-${i}`);
    for (const [kind, stacks] of [
      ["in one program", [names]],
      ["as stacks", names.map((name) => [name])],
    ] as const) {
      if (count === 1 && kind === "as stacks") continue; // the same
      const name = `${count} ${kind}`;
      const begin = performance.now();
      const free = availableMemory();
      try {
        await operate("up", stacks);
        const seconds = (performance.now() - begin) / 1000;
        if (kind === "in one program") points.push([count, seconds]);
        up.push({ name, values: [seconds] });
        memory.push({ name, values: [(free - availableMemory()) / MIB] });
        progress(`${name}: up after ${seconds.toFixed(0)} s`);
      } catch (error) {
        // What the machine does not carry is a result; that it carries one is not.
        if (count === 1) throw error;
        const why = error instanceof Error ? error.message : String(error);
        limits.push(
          `${name}: more than the machine carries. The end of what Pulumi said:\n\n\`\`\`\n${why.slice(-800)}\n\`\`\``,
        );
        progress(`${name}: not up after ${((performance.now() - begin) / 1000).toFixed(0)} s`);
      } finally {
        const end = performance.now();
        await operate("destroy", stacks);
        down.push({ name, values: [(performance.now() - end) / 1000] });
      }
    }
  }
  return {
    tables: [
      { title: "`pulumi up`", unit: "s", series: up },
      { title: "`pulumi destroy`", unit: "s", series: down },
      { title: "Memory of the machine that they take", unit: "MiB", series: memory },
    ],
    targets: [],
    notes: [
      `One run each. Stacks: ${AT_ONCE} \`pulumi up\` at a time. Every environment is complete: reached through the ingress and ` +
        "registered with Argo CD. Their requests are lowered to 10m and 64Mi.",
      `The time in one program grows with n^${exponent(points).toFixed(2)}: starting takes processor time, of which the machine has ` +
        `${os.cpus().length} cores.`,
      ...limits,
    ],
  };
}

/** Runs one `pulumi` a list of environments, several at once. */
async function operate(operation: "up" | "destroy", stacks: readonly (readonly string[])[]): Promise<void> {
  const waiting = [...stacks];
  const worker = async () => {
    for (let names = waiting.shift(); names; names = waiting.shift()) await pulumi(operation, names);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const folder = path.join(os.tmpdir(), `bench-fleet-${process.pid}`);

async function pulumi(operation: "up" | "destroy", names: readonly string[]): Promise<void> {
  prepare();
  addHostNames([...names]);
  const env = { ...process.env, BENCH_ENVIRONMENTS: names.join(","), PULUMI_BACKEND_URL: `file://${folder}/state` };
  const run = (...args: string[]) =>
    exec("pulumi", [...args, "--non-interactive"], { cwd: folder, env, timeoutMs: LIMIT_MS });
  const stack = `${names[0] ?? ""}-${names.length}`;
  const init = await run("stack", "init", stack, "--no-select");
  if (!init.output.includes("already exists")) succeeded(init);
  succeeded(await run(operation, "--yes", "--skip-preview", "--stack", stack));
}

function prepare(): void {
  if (fs.existsSync(folder)) return;
  fs.mkdirSync(path.join(folder, "state"), { recursive: true });
  process.once("exit", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const program = path.join(checkoutDir, "bin", "bench", "programs", "fleet.js");
  const options = { name: "nodejs", options: { typescript: false } };
  const config = { "kubernetes:enableSecretMutable": { value: "true" } };
  // JSON is YAML.
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "fleet", runtime: options, config }));
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "fleet", main: "index.js" }));
  fs.writeFileSync(path.join(folder, "index.js"), `module.exports = require(${JSON.stringify(program)});\n`);
  fs.symlinkSync(path.join(checkoutDir, "node_modules"), path.join(folder, "node_modules"));
}
