import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import { readOrEmpty } from "../shared/processes";
import { kubeconfig, overlayFile, pulumiDir } from "./settings";
import { installPlugins, missingToolchain, pathWith } from "./toolchain";

const passphraseFile = path.join(pulumiDir, "passphrase");
/**
 * Project directory for this host's copies of stack files. Pulumi writes the salt of the passphrase into a stack file,
 * and this machine's must not get into the committed ones.
 */
const projectDir = path.join(pulumiDir, "project");
const backendDir = path.join(pulumiDir, "state");
const pulumiHome = path.join(pulumiDir, "home");
const stackFile = (stack: string) => `Pulumi.${stack}.yaml`;

/** Environment variables with which plain `pulumi`, `kubectl` and `helm` work on the local host. */
export async function localEnv(): Promise<Record<string, string>> {
  return {
    PATH: await pathWith({ withHost: true }),
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: pulumiHome,
    // With programs that were built here, a missing plugin is reported immediately instead of downloaded.
    ...(missingToolchain().length > 0 && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    // Without attributes beside the files: a run that is killed while it writes them leaves a stack that cannot be read.
    PULUMI_BACKEND_URL: `file://${backendDir}?metadata=skip`,
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

/** Creates the stack where missing, in the environment of {@link localEnv}. @returns the stack file to use */
export async function openStack(stack: string): Promise<string> {
  removeSalts();
  fs.copyFileSync(path.join(checkoutDir, "Pulumi.yaml"), path.join(projectDir, "Pulumi.yaml"));
  const configFile = path.join(projectDir, stackFile(stack));
  const committed = readOrEmpty(path.join(checkoutDir, stackFile(stack)));
  fs.writeFileSync(configFile, withSalt(committed, readOrEmpty(configFile)));
  if (!fs.existsSync(stateFile(stack))) {
    await run("pulumi", ["-C", projectDir, "stack", "init", stack, "--non-interactive"]);
  }
  // Plain `pulumi stack init` may have made the stack, with another salt than an earlier one of its name had.
  fs.writeFileSync(configFile, withSalt(committed, saltLine(stack) ?? readOrEmpty(configFile)));
  return configFile;
}

/**
 * Removes this host's salts from the committed stack files, where plain Pulumi has written them: it finds them in the
 * stack's state as well. A salt of another host stays, and one with which a secret in the file is encrypted. A file that Pulumi
 * has made for its salt alone is removed.
 */
export function removeSalts(directory = checkoutDir, saltOf = saltLine): void {
  for (const file of fs.readdirSync(directory)) {
    const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
    if (stack === undefined) continue;
    const content = fs.readFileSync(path.join(directory, file), "utf8");
    const salt = saltOf(stack);
    if (salt === undefined || !content.split("\n").includes(salt) || /^\s*(- )?secure:/m.test(content)) continue;
    const rest = withSalt(content, "");
    if (rest.trim() === "" && isUntracked(directory, file)) fs.rmSync(path.join(directory, file));
    else fs.writeFileSync(path.join(directory, file), rest);
  }
}

/** Whether Git works here and does not have the file; false where it cannot be asked. */
function isUntracked(directory: string, file: string): boolean {
  return spawnSync("git", ["ls-files", "--error-unmatch", "--", file], { cwd: directory }).status === 1;
}

/** The line of a stack file with the salt that the stack's state is encrypted with. */
function saltLine(stack: string): string | undefined {
  const salt = /"secrets_providers":\s*\{\s*"type":\s*"passphrase",\s*"state":\s*\{\s*"salt":\s*"([^"]+)"/.exec(
    readOrEmpty(stateFile(stack)),
  )?.[1];
  return salt && `encryptionsalt: ${salt}`;
}

/** Where a backend of files keeps the state of a stack. */
function stateFile(stack: string): string {
  const project = /^name:\s*(\S+)/m.exec(readOrEmpty(path.join(checkoutDir, "Pulumi.yaml")))?.[1] ?? "";
  return path.join(backendDir, ".pulumi", "stacks", project, `${stack}.json`);
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
