import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestResource } from "../harness";
import { configOf, type Profile } from "../../profiles";
import { rules } from "../../rules";
import { SUPPORTED_DAY, SUPPORTED_VERSION, type Program } from "./programs";

// Previews with the real engine, the real kubernetes provider and the real policy launcher, all taken from PATH. No
// cluster is needed: a preview of objects on a host that does not answer goes by what the program says.

export const PACK = path.resolve(__dirname, "../../../..");

/** An address of this machine at which nothing listens. */
const NOWHERE = "https://127.0.0.1:1";
const TIMEOUT_MS = 60_000;

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { resources, outputs } = require("./program.json");
for (const { type, name, props } of resources) new pulumi.CustomResource(type, name, props);
module.exports = outputs;
`;

export interface Preview {
  readonly exitCode: number | null;
  readonly output: string;
  /** The engine's event log. */
  readonly events: string;
}

/** The strict profile, with ends of life as of a day. */
function strictOn(today: string): ReturnType<typeof configOf> {
  const config = configOf("strict", rules);
  const supported = config["chart-version-supported"];
  return { ...config, "chart-version-supported": { ...(typeof supported === "object" ? supported : {}), today } };
}

/** A Pulumi project of its own in a temporary folder. */
export class Engine {
  private readonly folder = mkdtempSync(path.join(tmpdir(), "policy-engine-"));
  private readonly environment: NodeJS.ProcessEnv = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    // A home that holds plugins is used as it is: only the backend is a person's own.
    PULUMI_HOME: process.env["PULUMI_HOME"] ?? path.join(this.folder, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Offers --event-log.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };

  constructor() {
    for (const name of ["state", "home", "vcluster"]) mkdirSync(path.join(this.folder, name));
    this.write("Pulumi.yaml", "name: outside\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
    this.write("package.json", JSON.stringify({ name: "outside", main: "index.js" }));
    this.write("index.js", PROGRAM);
    symlinkSync(path.join(PACK, "node_modules"), path.join(this.folder, "node_modules"));
    // The provider opens the chart of a release and takes its version from there; one that only has a name keeps this off
    // any chart repository.
    this.write("vcluster/Chart.yaml", `apiVersion: v2\nname: vcluster\nversion: ${SUPPORTED_VERSION}\n`);
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "host", cluster: { server: NOWHERE } }],
      users: [{ name: "user", user: {} }],
      contexts: [{ name: "host", context: { cluster: "host", user: "user" } }],
      "current-context": "host",
    };
    this.run("stack", "init", "test");
    this.run("config", "set", "kubernetes:kubeconfig", JSON.stringify(kubeconfig));
  }

  /** Previews a program with a profile of the pack. */
  preview(program: Program, profile: Profile): Preview {
    const chart = path.join(this.folder, "vcluster");
    const resources = program.resources.map((resource): TestResource =>
      resource.type.endsWith(":Release")
        ? { ...resource, props: { ...resource.props, chart, repositoryOpts: undefined } }
        : resource,
    );
    this.write("program.json", JSON.stringify({ resources, outputs: program.outputs ?? {} }));
    const args = ["preview", "--non-interactive", "--stack", "test", "--policy-pack", PACK];
    if (profile === "strict") {
      this.write("strict.json", JSON.stringify(strictOn(SUPPORTED_DAY)));
      args.push("--policy-pack-config", path.join(this.folder, "strict.json"));
    }
    const log = path.join(this.folder, "events.json");
    rmSync(log, { force: true });
    const run = this.start([...args, "--event-log", log]);
    return { ...run, events: existsSync(log) ? readFileSync(log, "utf8") : "" };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  private run(...args: string[]): void {
    const { exitCode, output } = this.start(args);
    if (exitCode !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${output}`);
  }

  private start(args: readonly string[]): Omit<Preview, "events"> {
    const { status, stdout, stderr, error } = spawnSync("pulumi", args, {
      cwd: this.folder,
      env: this.environment,
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    if (error) throw new Error(`pulumi cannot run; it and its plugins must be on PATH: ${error.message}`);
    return { exitCode: status, output: stdout + stderr };
  }
}
