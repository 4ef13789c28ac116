import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { whatTheClusterSays } from "./addons";
import { build, buildDir, removePartialBuilds } from "./build";
import { downSteps, isUp, upSteps } from "./host";
import { addHostNames } from "./hosts-file";
import { modules } from "./modules";
import { describe, installPackages, missingPackages, preflight } from "./preflight";
import { checkoutDir, kubeconfig, stateDir } from "./settings";
import { foreignEnvironment, localEnvironment, prepareStack, pulumi, recover } from "./stack";
import { runSteps, type Step } from "./steps";
import { missingToolchain } from "./toolchain";

const usage = `usage: node bin/local/cli.js COMMAND [STACK]
  up [STACK]    a host where none is configured, and the environment of the stack (default: dev)
  down [STACK]  destroys the environment of the stack
  host-up       only the host
  host-down     removes the local host and everything on it
  env           prints exports for a shell; use as: eval "$(make -s env)"`;

async function main(): Promise<void> {
  const [command, stack = "dev"] = process.argv.slice(2);
  switch (command) {
    case "up":
      return up(stack);
    case "down":
      return down(stack);
    case "host-up":
      return hostUp();
    case "host-down":
      return hostDown();
    case "env":
      return printEnvironment();
    default:
      throw new Error(usage);
  }
}

async function up(stack: string): Promise<void> {
  const policy = ["--policy-pack", path.join(checkoutDir, "policy")];
  const foreign = foreignCluster(stack);
  if (foreign) {
    console.log(`Using the cluster of ${foreign}.`);
    await buildAll(missingToolchain());
    pulumi(["up", "--yes", "--stack", stack, ...policy], await foreignEnvironment());
    return;
  }
  await hostUp();
  addHostNames([stack]);
  const env = await localEnvironment();
  Object.assign(process.env, env);
  const configFile = await prepareStack(stack, env);
  await recover(stack, `${stack}-vcluster`, env);
  try {
    // Refreshed first: after a killed run the state may name objects that are gone.
    pulumi(
      ["up", "--yes", "--skip-preview", "--refresh", "--stack", stack, "--config-file", configFile, ...policy],
      env,
    );
  } catch (error) {
    // Helm says only that it waited; the cluster knows for what.
    console.error(await whatTheClusterSays(`${stack}-vcluster`));
    throw error;
  }
  console.log(nextCommands(stack));
}

async function down(stack: string): Promise<void> {
  if (foreignCluster(stack)) {
    pulumi(["destroy", "--yes", "--stack", stack], await foreignEnvironment());
    return;
  }
  if (!(await isUp())) throw new Error("the local host is not up, so no environment is; `make up` brings both");
  const env = await localEnvironment();
  Object.assign(process.env, env);
  const configFile = await prepareStack(stack, env);
  await recover(stack, `${stack}-vcluster`, env);
  pulumi(["destroy", "--yes", "--skip-preview", "--refresh", "--stack", stack, "--config-file", configFile], env);
}

async function hostUp(): Promise<void> {
  const needed = modules.filter((module) => !module.toolchain || missingToolchain().includes(module));
  const findings = await preflight({ hostRuns: await hostRuns(), cold: await isCold() });
  if (findings.length > 0) throw new Error(describe(findings));
  const packages = await missingPackages();
  if (packages.length > 0) {
    await runSteps([
      { title: `Debian packages: ${packages.join(" ")}`, run: (report) => installPackages(packages, report) },
    ]);
  }
  await buildAll(needed);
  await runSteps(upSteps());
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

async function printEnvironment(): Promise<void> {
  if (!fs.existsSync(kubeconfig)) throw new Error("the local host is not up; `make up` brings it");
  for (const [name, value] of Object.entries(await localEnvironment())) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}

/** A cluster that the person has configured, in words; undefined when the local host is to be used. */
function foreignCluster(stack: string): string | undefined {
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

/** Ours already serves the ports and uses the memory that a preflight would miss. */
async function hostRuns(): Promise<boolean> {
  return fs.existsSync(kubeconfig) && (await isUp());
}

async function isCold(): Promise<boolean> {
  for (const module of modules) if (!fs.existsSync(await buildDir(module).catch(() => ""))) return true;
  return false;
}

function nextCommands(stack: string): string {
  const shell = `eval "$(make -s env)"`;
  const file = `${stack}.kubeconfig`;
  return `
Environment ${stack} is ready. What to type next:

  the virtual cluster, through the ingress:
    ${shell} && (umask 077; pulumi stack output kubeconfig --show-secrets --stack ${stack} >${file}) && kubectl --kubeconfig ${file} get nodes,namespaces
  its outputs:
    ${shell} && pulumi stack output --stack ${stack}
  its pods, as the host sees them:
    ${shell} && kubectl get pods --namespace ${stack}-vcluster
`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
