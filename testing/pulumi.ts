import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { exec, type ExecResult, succeeded } from "../shared/exec";

/** Of all stacks of this process, with one hook: one for each would be too many listeners. */
const scratchDirectories: string[] = [];
process.once("exit", () => {
  for (const directory of scratchDirectories) fs.rmSync(directory, { recursive: true, force: true });
});

export interface StackOptions {
  config?: Readonly<Record<string, unknown>> | undefined;
  env?: NodeJS.ProcessEnv;
  /** Directory of the program and the policy pack. Default: this checkout. */
  checkout?: string;
}

/**
 * One stack, driven by plain `pulumi` commands in the checkout, as a person would. Only the stack's configuration file
 * is a copy: Pulumi writes the salt of the passphrase into it, and the work tree stays as it is.
 */
export class Stack {
  /** Whether it asks for an environment without bounds, which the pack takes only when told so as well. */
  private open = false;

  private constructor(
    readonly name: string,
    private readonly scratch: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly checkout: string,
  ) {}

  /**
   * Makes the stack if there is none yet, in the backend that the environment names.
   *
   * @param config the program's keys; default: the committed file of that stack
   * @param env the environment of its commands; default: this process's
   * @param checkout where the program is; default: this checkout
   */
  static async open(
    name: string,
    { config, env = process.env, checkout = checkoutDir }: StackOptions = {},
  ): Promise<Stack> {
    // Without it, Pulumi would go to whatever backend this user happens to be logged in to.
    if (!env["PULUMI_BACKEND_URL"]) throw new Error('PULUMI_BACKEND_URL is not set: run eval "$(make env)" first');
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), `e2e-${name}-`));
    scratchDirectories.push(scratch);
    fs.copyFileSync(path.join(checkout, "Pulumi.yaml"), path.join(scratch, "Pulumi.yaml"));
    const stack = new Stack(name, scratch, env, checkout);
    if (config) stack.configure(config);
    else fs.copyFileSync(path.join(checkout, `Pulumi.${name}.yaml`), stack.file);
    // `stack init` knows no --config-file; in the scratch directory it writes to the copy.
    const init = await stack.run(["-C", scratch, "stack", "init", name, "--no-select", "--non-interactive"]);
    // A lock is of a run that was killed; `destroy` takes it away.
    if (!/already exists|is currently locked/.test(init.output)) succeeded(init);
    return stack;
  }

  /** Replaces the program's keys in the stack's file; the next operation takes them. */
  configure(config: Readonly<Record<string, unknown>>): void {
    this.open = (config["isolation"] as { profile?: string } | undefined)?.profile === "open";
    const salt = fs.existsSync(this.file)
      ? (/^encryptionsalt:.*\n/m.exec(fs.readFileSync(this.file, "utf8"))?.[0] ?? "")
      : "";
    const keys = Object.entries(config).map(([key, value]) => [`vcluster-environments:${key}`, value] as const);
    // JSON is YAML.
    fs.writeFileSync(this.file, `${salt}config: ${JSON.stringify(Object.fromEntries(keys))}\n`);
  }

  /** Encrypts one value of the program's keys in the stack's file, as a person would; the value is no argument. */
  async setSecret(keyPath: string, value: string): Promise<void> {
    const args = ["config", "set", "--path", `vcluster-environments:${keyPath}`, "--secret", "--non-interactive"];
    const flags = ["--stack", this.name, "--config-file", this.file];
    const options = { cwd: this.checkout, env: this.env, timeoutMs: 60_000, input: value };
    succeeded(await exec("pulumi", [...args, ...flags], options));
  }

  /** Runs `pulumi` with the given arguments and no others. */
  async run(args: string[], timeoutMs = 60_000): Promise<ExecResult> {
    return exec("pulumi", [...args, "--color", "never"], { cwd: this.checkout, env: this.env, timeoutMs });
  }

  /** Runs an operation that takes the stack's configuration and the policy pack, whatever becomes of it. */
  async operate(operation: "up" | "preview", flags: string[] = [], timeoutMs = 300_000): Promise<ExecResult> {
    const yes = operation === "up" ? ["--yes"] : [];
    const pack = [
      "--policy-pack",
      "policy",
      ...(this.open ? ["--policy-pack-config", "policy/profiles/open.json"] : []),
    ];
    return this.run([operation, ...yes, ...this.target(), ...pack, ...flags], timeoutMs);
  }

  async up(): Promise<ExecResult> {
    return succeeded(await this.operate("up"));
  }

  async destroy(): Promise<void> {
    // A lock of a run that was killed; nobody else works on a stack that is being tested.
    await this.run(["cancel", "--yes", "--stack", this.name]);
    succeeded(await this.tryDestroy());
  }

  /** Destroys, whatever becomes of it. */
  async tryDestroy(): Promise<ExecResult> {
    return this.run(["destroy", "--yes", ...this.target()], 300_000);
  }

  /** All outputs, the secret ones in plain. */
  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = succeeded(await this.run(["stack", "output", "--json", "--show-secrets", "--stack", this.name]));
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Flags of every operation: which stack, by which file. */
  target(): string[] {
    return ["--non-interactive", "--stack", this.name, "--config-file", this.file];
  }

  /** The stack file that stands in for one in the checkout. */
  get file(): string {
    return path.join(this.scratch, `Pulumi.${this.name}.yaml`);
  }
}
