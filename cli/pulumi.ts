import { spawnSync } from "node:child_process";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import type { StackAccess } from "./target";

export const policyPack = ["--policy-pack", path.join(checkoutDir, "policy")];

/**
 * Runs Pulumi in the checkout, with its output on the terminal.
 *
 * @throws Error when it fails; Pulumi has printed why
 */
export function pulumi(target: StackAccess, command: readonly string[], options: readonly string[] = []): void {
  const quiet = process.stdout.isTTY ? [] : ["--non-interactive"];
  const args = [...command, ...stackOptions(target), ...options, ...quiet];
  // Not in a process group of its own: Pulumi may ask on the terminal, and ends itself at Ctrl-C.
  const { status } = spawnSync("pulumi", args, { cwd: checkoutDir, stdio: "inherit" });
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} failed; its messages are above`);
}

/** Runs Pulumi in the checkout. @returns what it printed */
export function askPulumi(...args: string[]): Promise<string> {
  return run("pulumi", args, { cwd: checkoutDir });
}

/** The stack's configuration, secrets included. Objects are JSON. */
export async function readConfig(target: StackAccess): Promise<Record<string, string | undefined>> {
  const text = await askPulumi("config", "--json", "--show-secrets", ...stackOptions(target));
  const values = JSON.parse(text) as Record<string, { value?: string }>;
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

/** The stack's outputs, secrets included. */
export async function readOutputs({ stack }: StackAccess): Promise<Record<string, unknown>> {
  const flags = ["--json", "--show-secrets", "--stack", stack, "--non-interactive"];
  return JSON.parse(await askPulumi("stack", "output", ...flags)) as Record<string, unknown>;
}

function stackOptions({ stack, configFile }: StackAccess): string[] {
  return ["--stack", stack, ...(configFile === undefined ? [] : ["--config-file", configFile])];
}
