import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type CommandArgs, Command } from "@pulumi/command/local";
import { type CustomResourceOptions, mergeOptions, type Output, secret } from "@pulumi/pulumi";

import { checkoutDir } from "../../shared/checkout";
import type { ReadinessInput } from "./api-readiness";
import type { ApplicationsInput } from "./applications-input";
import type { GuardInput } from "./guard";
import type { CredentialInput } from "./service-account-token";

interface Inputs {
  applications: ApplicationsInput;
  guard: GuardInput;
  "service-account-token": CredentialInput;
  "api-readiness": ReadinessInput;
}

/** Node that reads its program from standard input, so that neither a path of this machine nor a secret is an argument. */
export const INTERPRETER = ["node", "-"];

/**
 * Text of a job of this folder, for standard input of {@link INTERPRETER}, that works on `input`. The state keeps it, so
 * that `destroy` needs nothing but Node.js: scripts/bundle-jobs.ts puts everything that a job imports into one file.
 */
export function program<Name extends keyof Inputs>(name: Name, input: Inputs[Name]): string {
  const text = readFileSync(join(checkoutDir, "bin", "jobs", `${name}.js`), "utf8");
  return `${text}void job.main(${JSON.stringify(input)});\n`;
}

/**
 * A command that runs a job whose actions stand for some of `create`, `update` and `delete`.
 *
 * @param stdin the job's {@link program}; secret, because it may hold credentials or a whole kubeconfig
 */
export function jobCommand(
  name: string,
  stdin: Output<string>,
  args: CommandArgs,
  opts: CustomResourceOptions,
): Command {
  return new Command(
    name,
    { interpreter: INTERPRETER, stdin: secret(stdin), addPreviousOutputInEnv: false, ...args },
    mergeOptions(opts, { additionalSecretOutputs: ["stdin"] }),
  );
}
