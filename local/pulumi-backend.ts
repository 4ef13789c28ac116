import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import { kubeconfig, overlayFile, pulumiDir } from "./settings";
import { installPlugins, missingToolchain, toolchainDir } from "./toolchain";

const passphraseFile = path.join(pulumiDir, "passphrase");
/**
 * Project directory for this host's copies of stack files. Pulumi writes the salt of the passphrase into a stack file,
 * and this machine's must not get into the committed ones.
 */
const projectDir = path.join(pulumiDir, "project");
const backendDir = path.join(pulumiDir, "state");
const pulumiHome = path.join(pulumiDir, "home");

/** Environment variables with which plain `pulumi`, `kubectl` and `helm` work on the local host. */
export async function localEnv(): Promise<Record<string, string>> {
  return {
    PATH: `${await toolchainDir({ withHost: true })}:${process.env["PATH"] ?? ""}`,
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: pulumiHome,
    // With programs that were built here, a missing plugin is reported immediately instead of downloaded.
    ...(missingToolchain().length > 0 && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    PULUMI_BACKEND_URL: `file://${backendDir}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    // For a stack file without a salt, Pulumi uses the salt in the stack's state.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    VCLUSTER_ENVIRONMENTS_OVERLAY: overlayFile,
  };
}

/** Creates Pulumi's directories, plugins and passphrase on this host, where missing. */
export async function prepareBackend(): Promise<void> {
  for (const dir of [projectDir, backendDir]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  await installPlugins(pulumiHome);
  if (fs.existsSync(passphraseFile)) return;
  fs.writeFileSync(passphraseFile, randomBytes(32).toString("base64"), { mode: 0o600 });
}

/** Creates the stack where missing. @returns how Pulumi is called for it */
export async function openStack(
  stack: string,
): Promise<{ stack: string; env: Record<string, string>; configFile: string }> {
  const env = await localEnv();
  fs.copyFileSync(path.join(checkoutDir, "Pulumi.yaml"), path.join(projectDir, "Pulumi.yaml"));
  const configFile = path.join(projectDir, stackFile(stack));
  const committed = readOrEmpty(path.join(checkoutDir, stackFile(stack)));
  fs.writeFileSync(configFile, withSalt(committed, readOrEmpty(configFile)));
  const stacks = JSON.parse(await run("pulumi", ["-C", projectDir, "stack", "ls", "--json"], { env })) as {
    name: string;
  }[];
  if (!stacks.some(({ name }) => name === stack)) {
    await run("pulumi", ["-C", projectDir, "stack", "init", stack, "--non-interactive"], { env });
  }
  return { stack, env, configFile };
}

/** Copies what Pulumi wrote into the host's copy of a stack file to the committed file, which keeps its own salt. */
export function saveStackFile(stack: string, copy: string, committed = path.join(checkoutDir, stackFile(stack))): void {
  fs.writeFileSync(committed, withSalt(fs.readFileSync(copy, "utf8"), readOrEmpty(committed)));
}

/** A stack file with the salt of another one, or without a salt where that one has none. */
export function withSalt(content: string, other: string): string {
  const salt = /^encryptionsalt:.*$/m.exec(other)?.[0];
  return (salt === undefined ? "" : `${salt}\n`) + content.replace(/^encryptionsalt:.*\n?/gm, "");
}

function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

function readOrEmpty(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
