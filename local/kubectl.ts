import { run } from "../shared/exec";
import { program } from "./build";
import { kubeconfig } from "./settings";

/** Runs kubectl on the local host, as its administrator. */
export async function kubectl(args: string[], options: { timeoutMs: number }): Promise<string> {
  return run(await program("kubernetes", "kubectl"), ["--kubeconfig", kubeconfig, ...args], options);
}
