import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1Namespace } from "@kubernetes/client-node";
import { load } from "js-yaml";

import { checkoutDir } from "../../shared/checkout";
import { type Cluster, reference } from "../../testing/cluster";
import { type Chart, chartRepository } from "./chart-repository";

/** The keys of a committed stack. */
export function committed(stack: string): Record<string, unknown> {
  const { config } = load(fs.readFileSync(path.join(checkoutDir, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^[\w-]+:/, ""), value]));
}

/** What `delivery: argocd` needs on the local host. */
export interface Charts {
  /** Repository with the host's vCluster chart and the given ones. */
  url: string;
  /** Environment of pulumi commands: the host's overlay, with that repository in place of the chart on disk. */
  env: NodeJS.ProcessEnv;
  remove: () => Promise<void>;
}

/** Serves the chart that the host's overlay names on disk, where Argo CD has no access, from a namespace of its own. */
export async function chartsForArgocd(host: Cluster, name: string, ...more: (Chart | string)[]): Promise<Charts> {
  const overlay = JSON.parse(fs.readFileSync(process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] ?? "", "utf8")) as {
    chart: { path: string };
  };
  const namespace = reference("v1", "Namespace", name);
  await host.apply<V1Namespace>(namespace);
  const url = await chartRepository(host, name, overlay.chart.path, ...more);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  const file = path.join(scratch, "overlay.json");
  fs.writeFileSync(file, JSON.stringify({ ...overlay, chart: { repository: url } }));
  return {
    url,
    env: { ...process.env, VCLUSTER_ENVIRONMENTS_OVERLAY: file },
    remove: async () => {
      fs.rmSync(scratch, { recursive: true, force: true });
      await host.remove(namespace);
    },
  };
}
