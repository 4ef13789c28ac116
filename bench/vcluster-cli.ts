import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { program } from "../local/build";
import { chartDir } from "../local/settings";
import { exec, succeeded } from "../testing/exec";
import { podAnswers } from "./api";
import type { Contender } from "./candidate";
import { chartValues } from "./helm";

/**
 * `vcluster create` of the same chart, done when its API answers in the pod: the command itself waits only when it also
 * opens a connection, which needs Docker. Neither ingress nor Argo CD. It finds the chart by `--local-chart-dir`.
 */
export async function vclusterCli(environment: string): Promise<Contender> {
  const namespace = `${environment}-vcluster`;
  const release = `vcluster-${environment}-helm`;
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${environment}-`));
  process.once("exit", () => {
    fs.rmSync(home, { recursive: true, force: true });
  });
  const values = path.join(home, "values.yaml");
  fs.writeFileSync(values, JSON.stringify(chartValues(environment)));
  const cli = await program("vcluster", "vclusterctl");
  // Its own look for a newer version, and whatever else would leave the machine, ends at a closed port.
  const env = { ...process.env, HOME: home, VCLUSTER_SKIP_VERSION_CHECK: "true", HTTPS_PROXY: "http://127.0.0.1:1" };
  const noProxy = "127.0.0.1,localhost,10.0.0.0/8";
  const run = async (...args: string[]) => {
    const all = [...args, "--driver", "helm", "--namespace", namespace];
    succeeded(await exec(cli, all, { cwd: home, env: { ...env, NO_PROXY: noProxy }, timeoutMs: 360_000 }));
  };
  return {
    name: "vcluster create",
    environment,
    namespace,
    release,
    up: async () => {
      await run("create", release, "--connect=false", "--add=false", "--local-chart-dir", chartDir, "--values", values);
      await podAnswers(namespace, `${release}-0`);
    },
    down: () => run("delete", release, "--delete-namespace", "--ignore-not-found"),
  };
}
