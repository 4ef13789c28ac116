import * as fs from "node:fs";

import { localEnv } from "../../local/pulumi-backend";
import { kubeconfig } from "../../local/settings";

/** Prints exports for a shell, with which `pulumi`, `kubectl` and `helm` work on the local host. */
export async function printEnv(): Promise<void> {
  if (!fs.existsSync(kubeconfig)) throw new Error("The local host is not up. Fix: `make up` starts it.");
  for (const [name, value] of Object.entries(await localEnv())) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}
