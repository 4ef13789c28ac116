import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { collectDiagnostics } from "../local/addons";
import { build, buildDir, removePartialBuilds } from "../local/build";
import { downSteps, isUp, upSteps } from "../local/host";
import { addHostNames } from "../local/hosts-file";
import { modules } from "../local/modules";
import { hasContainers } from "../local/processes";
import {
  environmentName,
  localEnv,
  prepareStack,
  pulumi,
  readOrEmpty,
  saveStackFile,
  userEnv,
} from "../local/pulumi-backend";
import { describe, installPackages, missingPackages, preflight } from "../local/requirements";
import { kubeconfig, stateDir } from "../local/settings";
import { missingToolchain } from "../local/toolchain";
import { checkoutDir } from "../shared/checkout";
import { runSteps, type Step } from "../shared/steps";
import { hostConfig } from "./host-client";
import { recover, type Target } from "./interrupted-runs";

const usage = `usage: node bin/cli/main.js COMMAND [STACK]
  up [STACK]    a host where none is configured, and the environment of the stack (default: dev)
  preview [STACK ...]  previews stacks with the policy pack
  down [STACK]  destroys the environment of the stack
  recover [STACK]  clears what a killed run left, and brings the stack to what it declares
  remove-shared-namespaces [STACK] [--yes]  those on the stack's host that environments made and left empty
  rotate [STACK]  gives Argo CD another token for the environment
  expiry [STACK] [--json]  age and expiry of its credentials and certificates; exit status 1 when one needs care
  renew [STACK]  renews the certificates of its virtual cluster
  packages      installs the Debian packages that the host and the tests need
  host-up       only the host
  host-down     removes the local host and everything on it
  env           prints exports for a shell; use as: eval "$(make -s env)"`;

const policy = ["--policy-pack", path.join(checkoutDir, "policy")];

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  const stacks = args.filter((arg) => !arg.startsWith("--"));
  const [stack = "dev"] = stacks;
  switch (command) {
    case "up":
      return up(stack);
    case "preview":
      return preview(stacks);
    case "down":
      return down(stack);
    case "recover":
      return recoverStack(stack);
    case "remove-shared-namespaces":
      return removeSharedNamespaces(stack, args.includes("--yes"));
    case "rotate":
      return rotate(stack);
    case "expiry":
      return showExpiry(stack, args.includes("--json"));
    case "renew":
      return renewCertificates(stack);
    case "packages":
      return packages();
    case "host-up":
      return hostUp();
    case "host-down":
      return hostDown();
    case "env":
      return printEnv();
    default:
      throw new Error(usage);
  }
}

async function up(stack: string): Promise<void> {
  const foreign = existingCluster(stack);
  if (foreign) console.log(`Using the cluster of ${foreign}.`);
  else await hostUp();
  await apply(stack);
  if (!foreign) console.log(nextSteps(stack, environmentOf(stack)));
}

/** Brings the environment to its configuration, on a host that is there. */
async function apply(stack: string): Promise<void> {
  if (existingCluster(stack)) {
    await buildAll(missingToolchain());
    pulumi(["up", "--yes", "--stack", stack, ...policy], await userEnv());
    return;
  }
  const environment = environmentOf(stack);
  addHostNames([environment]);
  const target = await localStack(stack);
  await recover(target);
  try {
    // Refreshed first: after a killed run the state may name objects that are gone.
    pulumi(["up", "--yes", "--skip-preview", "--refresh", ...flags(target), ...policy], target.env);
  } catch (error) {
    // Helm says only that it waited; the cluster knows for what.
    console.error(await collectDiagnostics(`${environment}-vcluster`));
    throw error;
  }
}

/** One command for whatever a killed run, or somebody who deleted objects by hand, has left. */
async function recoverStack(stack: string): Promise<void> {
  if (!existingCluster(stack)) return up(stack);
  await buildAll(missingToolchain());
  const target = { stack, env: await userEnv() };
  await recover(target);
  pulumi(["up", "--yes", "--skip-preview", "--refresh", ...flags(target), ...policy], target.env);
}

/** Lists the shared namespaces of the stack's host; with `yes` removes those that nobody needs. */
async function removeSharedNamespaces(stack: string, yes: boolean): Promise<void> {
  const foreign = existingCluster(stack);
  const target = foreign ? { stack, env: await userEnv() } : await localStack(stack);
  const { removeNamespace, sharedNamespaces } = await import("./commands/shared-namespaces.js");
  const config = await hostConfig(target);
  const verdicts = await sharedNamespaces(config);
  for (const { namespace, kept } of verdicts) {
    console.log(kept === undefined ? `  to remove  ${namespace}` : `  kept       ${namespace}: ${kept}`);
  }
  const removable = verdicts.filter(({ kept }) => kept === undefined);
  if (removable.length === 0) {
    console.log("No namespace is to be removed.");
  } else if (yes) {
    for (const verdict of removable) await removeNamespace(config, verdict);
    console.log(`Removed: ${removable.map(({ namespace }) => namespace).join(", ")}.`);
  } else {
    console.log("Nothing was removed. To remove them: make remove-shared-namespaces YES=1");
  }
}

/** How Pulumi is told which stack it works on. */
function flags({ stack, configFile }: Target): string[] {
  return ["--stack", stack, ...(configFile === undefined ? [] : ["--config-file", configFile])];
}

function environmentOf(stack: string): string {
  return environmentName(stack, readOrEmpty(path.join(checkoutDir, `Pulumi.${stack}.yaml`)));
}

async function preview(stacks: string[]): Promise<void> {
  for (const stack of stacks) {
    if (existingCluster(stack)) {
      pulumi(["preview", "--stack", stack, ...policy], await userEnv());
      continue;
    }
    const target = await localStack(stack);
    pulumi(["preview", ...flags(target), ...policy], target.env);
  }
}

async function down(stack: string): Promise<void> {
  if (existingCluster(stack)) {
    pulumi(["destroy", "--yes", "--stack", stack], await userEnv());
    return;
  }
  const target = await localStack(stack);
  await recover(target);
  pulumi(["destroy", "--yes", "--skip-preview", "--refresh", ...flags(target)], target.env);
}

/** Writes the present time into the stack's file as `argocd.rotation`, and applies it. */
async function rotate(stack: string): Promise<void> {
  const target = await resolveTarget(stack);
  const time = new Date().toISOString();
  pulumi(["config", "set", "--path", "argocd.rotation", time, ...flags(target)], target.env);
  if (target.configFile !== undefined) saveStackFile(stack, target.configFile);
  console.log(`Pulumi.${stack}.yaml says argocd.rotation: ${time}. Commit it, so that others do not rotate back.`);
  await apply(stack);
}

async function showExpiry(stack: string, json = false): Promise<void> {
  const target = await resolveTarget(stack);
  const { showExpiries } = await import("./commands/expiry.js");
  if (!(await showExpiries(target, json))) process.exitCode = 1;
}

async function renewCertificates(stack: string): Promise<void> {
  const target = await resolveTarget(stack);
  const { findEnvironment } = await import("./running-environment.js");
  const { renew } = await import("./commands/renew.js");
  await renew(await findEnvironment(target), (line) => {
    console.log(line);
  });
  // The output kubeconfig, and the administrator's part in other resources, follow.
  await apply(stack);
  await showExpiry(stack);
}

/** What Pulumi needs for a stack, wherever its host is; sets this process's environment alike. */
async function resolveTarget(stack: string): Promise<Target> {
  if (!existingCluster(stack)) return localStack(stack);
  await buildAll(missingToolchain());
  const env = await userEnv();
  Object.assign(process.env, env);
  return { stack, env };
}

/** What Pulumi needs for a stack on the local host. @throws Error when that host is not up. */
async function localStack(stack: string): Promise<Target> {
  if (!(await isUp())) throw new Error("the local host is not up, so no environment is; `make up` brings both");
  const env = await localEnv();
  Object.assign(process.env, env);
  return { stack, env, configFile: await prepareStack(stack, env) };
}

async function hostUp(): Promise<void> {
  const needed = modules.filter((module) => !module.toolchain || missingToolchain().includes(module));
  const findings = await preflight({ hostRuns: hasContainers(), cold: await isCold() });
  if (findings.length > 0) throw new Error(describe(findings));
  await packages();
  await buildAll(needed);
  await runSteps(upSteps());
}

async function packages(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  await runSteps([
    { title: `Debian packages: ${missing.join(" ")}`, run: (report) => installPackages(missing, report) },
  ]);
}

async function hostDown(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("removing the local host needs root; run the same command as root");
  if (!fs.existsSync(stateDir)) {
    console.log("There is no local host.");
    return;
  }
  await runSteps(downSteps());
}

async function buildAll(needed: typeof modules): Promise<void> {
  removePartialBuilds();
  const steps: Step[] = [];
  for (const module of needed) {
    if (fs.existsSync(await buildDir(module))) continue;
    steps.push({ title: `build ${module.name}`, run: (report) => build(module, report) });
  }
  await runSteps(steps);
}

async function printEnv(): Promise<void> {
  if (!fs.existsSync(kubeconfig)) throw new Error("the local host is not up; `make up` brings it");
  for (const [name, value] of Object.entries(await localEnv())) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}

/** A cluster that the person has configured, in words; undefined when the local host is to be used. */
function existingCluster(stack: string): string | undefined {
  const named = process.env["KUBECONFIG"];
  if (named) return named === kubeconfig ? undefined : `KUBECONFIG=${named}`;
  const stackFile = path.join(checkoutDir, `Pulumi.${stack}.yaml`);
  if (
    fs.existsSync(stackFile) &&
    /^\s+"?kubernetes:(context|kubeconfig)"?:/m.test(fs.readFileSync(stackFile, "utf8"))
  ) {
    return stackFile;
  }
  const standard = path.join(os.homedir(), ".kube", "config");
  return fs.existsSync(standard) ? standard : undefined;
}

async function isCold(): Promise<boolean> {
  for (const module of modules) if (!fs.existsSync(await buildDir(module).catch(() => ""))) return true;
  return false;
}

function nextSteps(stack: string, environment: string): string {
  const shell = `eval "$(make -s env)"`;
  const file = `${stack}.kubeconfig`;
  return `
Environment ${environment} is ready. What to type next:

  the virtual cluster, through the ingress:
    ${shell} && (umask 077; pulumi stack output kubeconfig --show-secrets --stack ${stack} >${file}) && kubectl --kubeconfig ${file} get nodes,namespaces
  its outputs:
    ${shell} && pulumi stack output --stack ${stack}
  its pods, as the host sees them:
    ${shell} && kubectl get pods --namespace ${environment}-vcluster
`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
