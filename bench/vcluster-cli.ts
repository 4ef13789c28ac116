import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { environmentNames } from "../components/names";
import { buildAll, program } from "../local/build";
import { goModule } from "../local/modules";
import { chartDir, domain } from "../local/settings";
import { exec, succeeded } from "../shared/exec";
import { podAnswers } from "./api";
import type { Contender } from "./candidate";
import { chartValues } from "./helm";

/**
 * `vcluster create` of the same chart, done when its API answers in the pod: the command itself waits only when it also
 * opens a connection, which needs Docker. Neither ingress nor Argo CD. It finds the chart by `--local-chart-dir`.
 */
export async function vclusterCli(environment: string): Promise<Contender> {
  const names = environmentNames(environment, domain);
  const { namespace, release, pod } = names;
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${environment}-`));
  process.once("exit", () => {
    fs.rmSync(home, { recursive: true, force: true });
  });
  const values = path.join(home, "values.yaml");
  fs.writeFileSync(values, JSON.stringify(chartValues(environment)));
  await buildAll([goModule("vclusterctl")]);
  const cli = await program("vclusterctl");
  // Its own look for a newer version, and whatever else would leave the machine, ends at a closed port.
  const env = { ...process.env, HOME: home, VCLUSTER_SKIP_VERSION_CHECK: "true", HTTPS_PROXY: "http://127.0.0.1:1" };
  const noProxy = "127.0.0.1,localhost,10.0.0.0/8";
  const run = async (...args: string[]) => {
    const all = [...args, "--driver", "helm", "--namespace", namespace];
    succeeded(await exec(cli, all, { cwd: home, env: { ...env, NO_PROXY: noProxy }, timeoutMs: 360_000 }));
  };
  return {
    name: "vcluster create",
    names,
    up: async () => {
      await run("create", release, "--connect=false", "--add=false", "--local-chart-dir", chartDir, "--values", values);
      await podAnswers(namespace, pod);
    },
    down: () => run("delete", release, "--delete-namespace", "--ignore-not-found"),
  };
}
