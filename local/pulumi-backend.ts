import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { load } from "js-yaml";

import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import { getIn } from "../shared/json";
import { kubeconfig, overlayFile, pulumiDir } from "./settings";
import { installPlugins, missingToolchain, toolchainDir } from "./toolchain";

const passphraseFile = path.join(pulumiDir, "passphrase");
/**
 * A project directory for stack files of this host. Pulumi writes the salt of a passphrase into a stack's file; the
 * committed files must not get this machine's.
 */
const projectDir = path.join(pulumiDir, "project");
const backendDir = path.join(pulumiDir, "state");
const pulumiHome = path.join(pulumiDir, "home");

/** Variables with which plain `pulumi`, `kubectl` and `helm` work on the local host. */
export async function localEnv(): Promise<Record<string, string>> {
  return {
    PATH: `${await toolchainDir({ withHost: true })}:${process.env["PATH"] ?? ""}`,
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: pulumiHome,
    // Beside programs that were built here, a plugin that is missing is named at once instead of looked for elsewhere.
    ...(missingToolchain().length > 0 && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    PULUMI_BACKEND_URL: `file://${backendDir}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    // A stack file without a salt takes the one that the stack's state knows.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    VCLUSTER_ENVIRONMENTS_OVERLAY: overlayFile,
  };
}

/** For a cluster that was there: Pulumi as the person has set it up, only on PATH where it is missing. */
export async function userEnv(): Promise<Record<string, string>> {
  return { PATH: `${await toolchainDir({ withHost: false })}:${process.env["PATH"] ?? ""}` };
}

/** Makes the directories, plugins and passphrase of Pulumi on this host, where missing. */
export async function prepareBackend(): Promise<void> {
  for (const dir of [projectDir, backendDir]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  await installPlugins(pulumiHome);
  if (fs.existsSync(passphraseFile)) return;
  fs.writeFileSync(passphraseFile, randomBytes(32).toString("base64"), { mode: 0o600 });
}

/**
 * Makes the stack, where missing.
 *
 * @returns the stack file to give as `--config-file`
 */
export async function prepareStack(stack: string, env: Record<string, string>): Promise<string> {
  fs.copyFileSync(path.join(checkoutDir, "Pulumi.yaml"), path.join(projectDir, "Pulumi.yaml"));
  const file = path.join(projectDir, `Pulumi.${stack}.yaml`);
  const committed = readOrEmpty(path.join(checkoutDir, `Pulumi.${stack}.yaml`));
  fs.writeFileSync(file, withSalt(committed, readOrEmpty(file)));
  const stacks = JSON.parse(await run("pulumi", ["-C", projectDir, "stack", "ls", "--json"], { env })) as {
    name: string;
  }[];
  if (!stacks.some(({ name }) => name === stack)) {
    await run("pulumi", ["-C", projectDir, "stack", "init", stack, "--non-interactive"], { env });
  }
  return file;
}

/** The committed stack file, with the salt that this host's copy already has. */
export function withSalt(committed: string, copy: string): string {
  return (/^encryptionsalt:.*\n/m.exec(copy)?.[0] ?? "") + committed;
}

/** Takes what Pulumi wrote into the host's copy of a stack file over into the committed one, without the salt. */
export function saveStackFile(stack: string, copy: string, committed = path.join(checkoutDir, `Pulumi.${stack}.yaml`)) {
  fs.writeFileSync(committed, fs.readFileSync(copy, "utf8").replace(/^encryptionsalt:.*\n/m, ""));
}

/**
 * The environment that a stack file declares: the part of every name in it.
 *
 * @param file content of the stack file; empty where there is none
 */
export function environmentName(stack: string, file: string): string {
  const name = getIn(load(file), "config", "vcluster-environments:environment");
  return typeof name === "string" && name !== "" ? name : stack;
}

export function readOrEmpty(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}

/** Runs Pulumi in the checkout for a person to watch. @throws Error when it fails; its own words are on the screen. */
export function pulumi(args: string[], env: Record<string, string>): void {
  const plain = process.stdout.isTTY ? [] : ["--non-interactive"];
  const { status } = spawnSync("pulumi", [...args, ...plain], {
    cwd: checkoutDir,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} failed; its messages are above`);
}
