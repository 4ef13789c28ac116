import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { ReadinessInput } from "./api-readiness";
import type { ApplicationsInput } from "./applications";
import type { CredentialInput } from "./service-account-token";

interface Inputs {
  applications: ApplicationsInput;
  "service-account-token": CredentialInput;
  "api-readiness": ReadinessInput;
}

/** Node that reads its program from standard input, so that neither a path of this machine nor a secret is an argument. */
export const INTERPRETER = ["node", "-"];

/** Text of a program of this folder, for standard input of {@link INTERPRETER}, that works on `input`. */
export function program<Name extends keyof Inputs>(name: Name, input: Inputs[Name]): string {
  return `${textOf(name)}\nvoid main(${JSON.stringify(input)});\n`;
}

function textOf(name: string): string {
  const text = readFileSync(join(__dirname, `${name}.js`), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
  // What reads its program from standard input has no folder to load a part from: the part takes the place of its name.
  return text
    .trimEnd()
    .replace(
      /\brequire\("\.\/([\w-]+)"\)/g,
      (_, part: string) => `(() => { const exports = {};\n${textOf(part)}\nreturn exports; })()`,
    );
}
