import { parseArgs } from "node:util";

import { resolveTarget, type Target } from "./target";

/** What was given after the name of a command. */
interface Arguments {
  readonly stacks: readonly string[];
  readonly flags: Readonly<Record<string, boolean | undefined>>;
}

interface Command {
  /** Arguments, as the usage shows them. */
  readonly args?: string;
  readonly summary: string;
  readonly maxStacks: number;
  readonly flags?: readonly string[];
  readonly run: (args: Arguments) => Promise<void>;
}

/** Modules of commands are loaded when they run: most need much that the others do without. */
const commands: Readonly<Record<string, Command>> = {
  up: {
    args: "[STACK]",
    summary: "the local host where no cluster is configured, and the environment of the stack (default: dev)",
    maxStacks: 1,
    run: async (args) => (await import("./commands/up.js")).up(await targetOn(args, startLocalHost)),
  },
  preview: {
    args: "[STACK ...]",
    summary: "previews stacks with the policy pack",
    maxStacks: Infinity,
    run: async ({ stacks }) => (await import("./commands/preview.js")).preview(stacks),
  },
  down: {
    args: "[STACK]",
    summary: "destroys the environment of the stack",
    maxStacks: 1,
    run: async (args) => (await import("./commands/down.js")).down(await targetOn(args)),
  },
  recover: {
    args: "[STACK]",
    summary: "clears what a killed run left, and brings the stack to its configuration",
    maxStacks: 1,
    run: async (args) => (await import("./commands/recover.js")).recoverStack(await targetOn(args, startLocalHost)),
  },
  "remove-shared-namespaces": {
    args: "[STACK] [--yes]",
    summary: "lists, or with --yes removes, empty namespaces on the host that environments created",
    maxStacks: 1,
    flags: ["yes"],
    run: async (args) =>
      (await import("./commands/shared-namespaces.js")).removeSharedNamespaces(
        await targetOn(args),
        args.flags["yes"] === true,
      ),
  },
  rotate: {
    args: "[STACK]",
    summary: "gives Argo CD a new token for the environment",
    maxStacks: 1,
    run: async (args) => (await import("./commands/rotate.js")).rotate(await targetOn(args)),
  },
  expiry: {
    args: "[STACK] [--json]",
    summary: "age and expiry of its credentials and certificates; exit status 1 when one needs attention",
    maxStacks: 1,
    flags: ["json"],
    run: async (args) =>
      (await import("./commands/expiry.js")).showExpiries(await targetOn(args), args.flags["json"] === true),
  },
  renew: {
    args: "[STACK]",
    summary: "renews the certificates of its virtual cluster",
    maxStacks: 1,
    run: async (args) => (await import("./commands/renew.js")).renewCertificates(await targetOn(args)),
  },
  packages: {
    summary: "installs the Debian packages that the host and the tests need",
    maxStacks: 0,
    run: async () => (await import("./commands/host.js")).packages(),
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

function targetOn({ stacks: [stack = "dev"] }: Arguments, startHost?: () => Promise<void>): Promise<Target> {
  return resolveTarget(stack, startHost);
}

async function startLocalHost(): Promise<void> {
  await (await import("./commands/host.js")).hostUp();
}

async function main(): Promise<void> {
  const [name = "", ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Error(name === "" ? usage() : `Unknown command ${name}.\n${usage()}`);
  await command.run(parse(name, command, rest));
}

/** @throws Error with the usage for an unknown flag or an argument too many */
function parse(name: string, { flags = [], maxStacks }: Command, args: string[]): Arguments {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const }]));
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n${usage()}`);
  }
  const { positionals, values } = parsed;
  if (positionals.length > maxStacks) {
    throw new Error(`${name}: unexpected argument ${positionals[maxStacks] ?? ""}\n${usage()}`);
  }
  return { stacks: positionals, flags: values };
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { args = "", summary }]) => [`${name} ${args}`.trim(), summary]);
  const width = Math.max(...lines.map(([left = ""]) => left.length));
  return [
    "usage: node bin/cli/main.js COMMAND [STACK]",
    ...lines.map(([left = "", summary = ""]) => `  ${left.padEnd(width)}  ${summary}`),
  ].join("\n");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
