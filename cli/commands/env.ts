import * as fs from "node:fs";

import { NOT_UP } from "../../local/host";
import { localEnv, removeSalts } from "../../local/pulumi-backend";
import { kubeconfig } from "../../local/settings";

/** Prints exports for a shell, with which `pulumi`, `kubectl` and `helm` work on the local host. */
export async function printEnv(): Promise<void> {
  if (!fs.existsSync(kubeconfig)) throw new Error(NOT_UP);
  removeSalts();
  for (const [name, value] of Object.entries(await localEnv())) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}
