import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { exec, type ExecResult, succeeded } from "../shared/exec";
import { EARLIER } from "../testing/earlier";
import type { Bench, Measured, Options, Table } from "./bench";
import { before, ours } from "./environment";
import { peakMemory } from "./processes";
import { ratio } from "./statistics";

const PACK = ["--policy-pack", "policy"];
const EMPTY = "empty program";
const COMPILED = "empty program, compiled";
const PLAIN = "environment";
const CHECKED = "environment, policy pack";

export const preview: Bench = {
  name: "preview",
  title: "Preview and `up` when nothing is to change",
  run: measure,
};

async function measure({ repetitions, progress }: Options): Promise<Measured> {
  const environment = await ours("bench-ours");
  const earlier = await before("bench-before");
  const empty = emptyProgram({ compiled: false });
  const compiled = emptyProgram({ compiled: true });
  try {
    await environment.up();
    await earlier.up();
    for (const program of [empty, compiled]) await program("up", "--yes");
    const contenders: Record<string, () => Promise<ExecResult>> = {};
    for (const operation of ["preview", "up"] as const) {
      const flags = operation === "up" ? ["up", "--yes"] : ["preview"];
      contenders[`${operation}: ${EMPTY}`] = () => empty(...flags);
      contenders[`${operation}: ${COMPILED}`] = () => compiled(...flags);
      for (const [suffix, { stack }] of [
        ["", environment],
        [", before", earlier],
      ] as const) {
        const command = [...flags, ...stack.target()];
        contenders[`${operation}: ${PLAIN}${suffix}`] = () => stack.run(command);
        contenders[`${operation}: ${CHECKED}${suffix}`] = () => stack.run([...command, ...PACK]);
      }
      const { stack } = environment;
      contenders[`${operation}: ${CHECKED}, no compile cache`] = () =>
        withoutCompileCache(() => stack.run([...flags, ...stack.target(), ...PACK]));
    }
    const times = new Map<string, number[]>();
    const memory = new Map<string, number[]>();
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const [name, run] of Object.entries(contenders)) {
        const { result, mebibytes } = await peakMemory(run);
        if (/^ +[+~-] \d+ to |^ +[+~-] \d+ (created|updated)/m.test(succeeded(result).output)) {
          throw new Error(`${name} would change something:\n${result.output}`);
        }
        times.set(name, [...(times.get(name) ?? []), result.elapsedMs / 1000]);
        memory.set(name, [...(memory.get(name) ?? []), mebibytes]);
        progress(`${name}: ${(result.elapsedMs / 1000).toFixed(2)} s, ${mebibytes.toFixed(0)} MiB`);
      }
    }
    const series = (record: Map<string, number[]>) => [...record].map(([name, values]) => ({ name, values }));
    const time: Table = { title: "Time", unit: "s", series: series(times) };
    return {
      tables: [time, { title: "Largest memory of all processes together", unit: "MiB", series: series(memory) }],
      targets: [
        {
          name: "preview, of an empty program",
          value: ratio(time, `preview: ${PLAIN}`, `preview: ${EMPTY}`),
          limit: 1.6,
        },
        {
          name: "preview with the policy pack, of one without",
          value: ratio(time, `preview: ${CHECKED}`, `preview: ${PLAIN}`),
          limit: 1.4,
        },
      ],
      notes: [
        "`empty program`: what `pulumi new typescript` makes, without resources, as TypeScript. `compiled`: the same as JavaScript.",
        "`no compile cache`: with NODE_DISABLE_COMPILE_CACHE. Node.js before 22 has no such cache, and nothing to show there.",
        `\`before\`: the same at commit ${EARLIER}, with an environment of its own on the same host.`,
        "Memory: resident pages of Pulumi, language host, Node.js and plugins added up, looked at every 50 ms.",
      ],
    };
  } finally {
    await environment.down();
    await earlier.down();
  }
}

/** Node.js 22 and newer keep compiled code, unless this variable is set; older ones have no such cache. */
async function withoutCompileCache<T>(run: () => Promise<T>): Promise<T> {
  process.env["NODE_DISABLE_COMPILE_CACHE"] = "1";
  try {
    return await run();
  } finally {
    delete process.env["NODE_DISABLE_COMPILE_CACHE"];
  }
}

/** A Pulumi program without resources, with a stack and a state of its own; gives the function that runs `pulumi` on it. */
function emptyProgram({ compiled }: { compiled: boolean }): (...args: string[]) => Promise<ExecResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-empty-"));
  process.once("exit", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const write = (name: string, text: string) => {
    fs.writeFileSync(path.join(folder, name), text);
  };
  const options = compiled ? "  options:\n    typescript: false\n" : "";
  write("Pulumi.yaml", `name: empty\nruntime:\n  name: nodejs\n${options}`);
  write("package.json", JSON.stringify({ name: "empty", main: compiled ? "index.js" : "index.ts" }));
  if (compiled) {
    write("index.js", 'const pulumi = require("@pulumi/pulumi");\nexports.project = pulumi.getProject();\n');
  } else {
    write("index.ts", 'import * as pulumi from "@pulumi/pulumi";\nexport const project = pulumi.getProject();\n');
    const compilerOptions = { strict: true, target: "es2020", module: "commonjs", moduleResolution: "node" };
    write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["index.ts"] }));
  }
  fs.symlinkSync(path.join(checkoutDir, "node_modules"), path.join(folder, "node_modules"));
  fs.mkdirSync(path.join(folder, "state"));
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}` };
  const run = (...args: string[]) =>
    exec("pulumi", [...args, "--non-interactive", "--color", "never"], { cwd: folder, env, timeoutMs: 120_000 });
  let made: Promise<ExecResult> | undefined;
  return async (...args) => {
    succeeded(await (made ??= run("stack", "init", "bench")));
    return run(...args, "--stack", "bench");
  };
}
