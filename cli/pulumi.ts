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
  const args = [
    ...command,
    ...stackOptions(target),
    ...options,
    ...(process.stdout.isTTY ? [] : ["--non-interactive"]),
  ];
  const { status } = spawnSync("pulumi", args, {
    cwd: checkoutDir,
    env: { ...process.env, ...target.env },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} failed; its messages are above`);
}

/** The stack's configuration, secrets included. Objects are JSON. */
export async function readConfig(target: StackAccess): Promise<Record<string, string | undefined>> {
  const args = ["config", "--json", "--show-secrets", ...stackOptions(target)];
  const text = await run("pulumi", args, { cwd: checkoutDir, env: { ...target.env } });
  const values = JSON.parse(text) as Record<string, { value?: string }>;
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

/** The stack's outputs, secrets included. */
export async function readOutputs({ stack, env }: StackAccess): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack, "--non-interactive"];
  return JSON.parse(await run("pulumi", args, { cwd: checkoutDir, env: { ...env } })) as Record<string, unknown>;
}

function stackOptions({ stack, configFile }: StackAccess): string[] {
  return ["--stack", stack, ...(configFile === undefined ? [] : ["--config-file", configFile])];
}
