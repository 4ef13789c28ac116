import { parseArgs } from "node:util";

import { codedMessage } from "../shared/coded";
import { table } from "../shared/table";
import { resolveTarget } from "./target";

interface Command {
  readonly summary: string;
  /** How many stacks it takes at most. Default: one. */
  readonly maxStacks?: number;
  /** What it takes, for the usage, where that is not only stacks; the first one is the stack. */
  readonly takes?: string;
  readonly flag?: string;
  /** Further options with what their value is; a switch where that is empty. */
  readonly options?: Readonly<Record<string, string>>;
  /** Exit status where it fails. Default: 1 */
  readonly failure?: number;
  readonly run: (stacks: readonly string[], flag: boolean, options: Options) => Promise<void>;
}

type Options = Readonly<Record<string, string | undefined>>;

/** Modules of commands are loaded when they run: most need much that the others do without. */
const commands: Readonly<Record<string, Command>> = {
  up: {
    summary: "the local host where no cluster is configured, and the environment of the stack (default: dev)",
    run: async ([stack]) => (await import("./commands/up.js")).up(await resolveTarget(stack, startLocalHost)),
  },
  preview: {
    summary: "previews stacks with the policy pack",
    maxStacks: Infinity,
    run: async (stacks) => (await import("./commands/preview.js")).preview(stacks),
  },
  down: {
    summary: "destroys the environment of the stack",
    run: async ([stack]) => (await import("./commands/down.js")).down(await resolveTarget(stack)),
  },
  forget: {
    summary:
      "with the host gone for good: lists what the stack has there, or with its server confirmed empties the stack",
    options: { gone: "SERVER" },
    run: async ([stack], _, { gone }) =>
      (await import("./commands/forget.js")).forget(await resolveTarget(stack), gone),
  },
  recover: {
    summary: "clears what a killed run left, and brings the stack to its configuration",
    run: async ([stack]) => (await import("./commands/up.js")).up(await resolveTarget(stack, startLocalHost), true),
  },
  "remove-shared-namespaces": {
    summary: "lists, or with --yes removes, empty namespaces on the host that environments created",
    flag: "yes",
    run: async ([stack], yes) =>
      (await import("./commands/shared-namespaces.js")).removeSharedNamespaces(await resolveTarget(stack), yes),
  },
  rotate: {
    summary: "gives Argo CD a new token for the environment",
    run: async ([stack]) => (await import("./commands/rotate.js")).rotate(await resolveTarget(stack)),
  },
  expiry: {
    summary: "age and expiry of its credentials and certificates; exit status 1 when one needs attention",
    flag: "json",
    run: async ([stack], json) => (await import("./commands/expiry.js")).showExpiries(await resolveTarget(stack), json),
  },
  refused: {
    summary: "what is on the host of the environment and would be refused today; exit status 1 when there is something",
    run: async ([stack]) => (await import("./commands/refused.js")).showRefused(await resolveTarget(stack)),
  },
  doctor: {
    summary:
      "what is wrong with an environment, and the command that repairs it; exit status 1 for findings, 2 without a look",
    flag: "json",
    options: { before: "", watch: "", junit: "FILE", bundle: "FILE", namespace: "NAME", release: "NAME" },
    failure: 2,
    run: async ([stack], json, { before, watch, ...options }) => {
      const { doctor } = await import("./commands/doctor.js");
      await doctor(() => resolveTarget(stack), {
        json,
        before: before !== undefined,
        watch: watch !== undefined,
        ...options,
      });
    },
  },
  list: {
    summary: "environments of the host, and stacks of the backend that have none there",
    flag: "json",
    options: { html: "FILE" },
    run: async ([stack], json, { html }) =>
      (await import("./commands/list.js")).list(await resolveTarget(stack), json, html),
  },
  upgrade: {
    summary:
      "upgrades the environment to the next release of the chart, or to the given one; with --json, only says which",
    maxStacks: 2,
    takes: " [STACK [VERSION]]",
    flag: "json",
    run: async ([stack, version], json) =>
      (await import("./commands/upgrade.js")).upgrade(await resolveTarget(stack), version, json),
  },
  renew: {
    summary: "renews the certificates of its virtual cluster",
    run: async ([stack]) => (await import("./commands/renew.js")).renewCertificates(await resolveTarget(stack)),
  },
  packages: {
    summary: "installs the Debian packages that the host and the tests need",
    maxStacks: 0,
    run: async () => (await import("./commands/host.js")).packages(),
  },
  "build-yaml": {
    summary: "builds Pulumi's language host for YAML where Pulumi is not installed; `env` includes it then",
    maxStacks: 0,
    run: async () => (await import("./commands/host.js")).buildOnDemand(),
  },
  "build-vcluster": {
    summary:
      "builds other versions of vCluster and adds them to the local host; all that can be built, or the given ones",
    maxStacks: Infinity,
    takes: " [VERSION ...]",
    run: async (versions) => (await import("./commands/host.js")).addVclusters(versions),
  },
  "host-up": { summary: "only the local host", maxStacks: 0, run: startLocalHost },
  "host-down": {
    summary: "removes the local host and everything on it",
    maxStacks: 0,
    run: async () => (await import("./commands/host.js")).hostDown(),
  },
  env: {
    summary: 'prints exports for a shell; use as: eval "$(make -s env)"',
    maxStacks: 0,
    run: async () => (await import("./commands/env.js")).printEnv(),
  },
};

async function startLocalHost(): Promise<void> {
  await (await import("./commands/host.js")).hostUp();
}

let failureStatus = 1;

async function main([name = "", ...args]: string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Error(name === "" ? usage() : `Unknown command ${name}.\n${usage()}`);
  const { flag, maxStacks = 1, failure = 1 } = command;
  failureStatus = failure;
  const refused = (problem: string) => new Error(`${name}: ${problem}\n${usage()}`);
  let parsed;
  try {
    const named = Object.entries(command.options ?? {}).map(
      ([option, value]) => [option, { type: value === "" ? "boolean" : "string" }] as const,
    );
    const options = {
      ...Object.fromEntries(named),
      ...(flag !== undefined && { [flag]: { type: "boolean" as const } }),
    };
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw refused((error as Error).message);
  }
  const { positionals, values } = parsed;
  if (positionals.length > maxStacks) throw refused(`unexpected argument ${positionals[maxStacks] ?? ""}`);
  const others = Object.entries(values).filter(([option]) => option !== flag);
  const texts = Object.fromEntries(others.map(([option, value]) => [option, String(value)]));
  await command.run(positionals, flag !== undefined && values[flag] === true, texts);
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { maxStacks = 1, takes, flag, options = {}, summary }]) => {
    const stacks = maxStacks === 0 ? "" : maxStacks === 1 ? " [STACK]" : " [STACK ...]";
    const named = Object.entries(options).map(([option, value]) => ` [--${option}${value && ` ${value}`}]`);
    return [`  ${name}${takes ?? stacks}${flag === undefined ? "" : ` [--${flag}]`}${named.join("")}`, summary];
  });
  return `usage: node bin/cli/main.js COMMAND [STACK]\n${table(lines)}`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(codedMessage(error));
  process.exitCode = failureStatus;
});
