import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1ConfigMap, V1Deployment, V1Service } from "@kubernetes/client-node";

import type { Cluster } from "../../testing/cluster";
import { exec, succeeded } from "../../shared/exec";
import { image } from "./workloads";

export interface Chart {
  name: string;
  version: string;
  /** File name to content. */
  templates: Record<string, string>;
}

/**
 * Serves charts inside the cluster, from an existing namespace, as Argo CD can reach nothing else.
 *
 * @param charts each by its parts, or its folder
 * @returns the repository's URL, for clients inside the cluster
 */
export async function chartRepository(
  cluster: Cluster,
  namespace: string,
  ...charts: (Chart | string)[]
): Promise<string> {
  const name = "charts";
  const labels = { app: name };
  await cluster.apply<V1ConfigMap>({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    binaryData: await packaged(charts),
  });
  await cluster.apply<V1Deployment>({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          volumes: [{ name, configMap: { name } }],
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              command: ["httpd", "-f", "-p", "8080", "-h", "/charts"],
              volumeMounts: [{ name, mountPath: "/charts" }],
              readinessProbe: { httpGet: { path: "/index.yaml", port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  });
  await cluster.apply<V1Service>({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await cluster.waitFor(
    async () => {
      const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } };
      return (await cluster.get<V1Deployment>(deployment))?.status?.readyReplicas === 1;
    },
    { what: "the chart repository to serve its index", timeoutMs: 60_000, namespace },
  );
  return `http://${name}.${namespace}.svc`;
}

/** The files of a repository of these charts, by name, in base64. */
export async function packaged(charts: (Chart | string)[]): Promise<Record<string, string>> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-chart-"));
  try {
    const repository = path.join(directory, "repository");
    const timeoutMs = 30_000;
    for (const chart of charts) {
      const source = typeof chart === "string" ? chart : written(directory, chart);
      succeeded(await exec("helm", ["package", source, "--destination", repository], { timeoutMs }));
    }
    succeeded(await exec("helm", ["repo", "index", repository], { timeoutMs }));
    const files = fs.readdirSync(repository);
    return Object.fromEntries(files.map((file) => [file, fs.readFileSync(path.join(repository, file), "base64")]));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes a chart's folder. */
function written(directory: string, { name, version, templates }: Chart): string {
  const folder = path.join(directory, name);
  fs.mkdirSync(path.join(folder, "templates"), { recursive: true });
  fs.writeFileSync(path.join(folder, "Chart.yaml"), JSON.stringify({ apiVersion: "v2", name, version })); // YAML too
  for (const [file, content] of Object.entries(templates)) {
    fs.writeFileSync(path.join(folder, "templates", file), content);
  }
  return folder;
}
