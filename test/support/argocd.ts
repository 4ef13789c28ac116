import * as fs from "node:fs";
import * as path from "node:path";

import type { KubernetesObject, V1Namespace } from "@kubernetes/client-node";
import { load } from "js-yaml";

import { checkoutDir } from "../../shared/checkout";
import { type Cluster, reference } from "../../testing/cluster";
import { type Chart, chartRepository } from "./chart-repository";
import { environment, type Environment } from "./environments";

/** The checkout's examples: this file is compiled to `<checkout>/bin/test/support/argocd.js`. */
const examples = path.join(checkoutDir, "examples");

export interface Application extends KubernetesObject {
  spec: Record<string, unknown>;
  status?: {
    sync?: { status: string };
    health?: { status: string };
    conditions?: { type: string; message: string }[];
    operationState?: { phase: string; message?: string; startedAt: string };
  };
}

export function application(name: string, namespace = "argocd") {
  return reference("argoproj.io/v1alpha1", "Application", name, namespace);
}

/** Waits for Argo CD to report the Application Synced and Healthy; at a timeout the error has what it reports. */
export async function syncedAndHealthy(host: Cluster, name: string): Promise<Application> {
  return host.waitFor(
    async () => {
      const found = await host.get<Application>(application(name));
      const { sync, health, conditions, operationState } = found?.status ?? {};
      if (sync?.status === "Synced" && health?.status === "Healthy") return found;
      throw new Error(JSON.stringify({ sync: sync?.status, health: health?.status, conditions, operationState }));
    },
    { what: `Application ${name} to be Synced and Healthy`, timeoutMs: 180_000, namespace: "argocd" },
  );
}

/** The text of an example. */
export function example(file: string): string {
  return fs.readFileSync(path.join(examples, file), "utf8");
}

/** Namespace of the examples' charts. */
export const CHARTS = "e2e-app-charts";
export const CHART_REPOSITORY = `http://charts.${CHARTS}.svc`;

/** Chart of an Ingress that the host refuses: its host is of no environment. */
export const SHOP: Chart = {
  name: "shop",
  version: "0.1.0",
  templates: {
    "ingress.yaml": JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "shop" },
      spec: {
        rules: [
          {
            host: "shop.example.com",
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "shop", port: { number: 80 } } } }],
            },
          },
        ],
      },
    }),
  },
};

/** The environments `app-dev` and `app-staging` with the applications of the examples, shared by the tests of a run. */
export async function exampleEnvironments(host: Cluster): Promise<Record<"app-dev" | "app-staging", Environment>> {
  await serveExampleChart(host);
  const [dev, staging] = await Promise.all([
    environment("app-dev", exampleConfig("dev")),
    environment("app-staging", exampleConfig("staging")),
  ]);
  return { "app-dev": dev, "app-staging": staging };
}

/** The program's keys for one of the example environments. */
export function exampleConfig(stack: "dev" | "staging") {
  return {
    applications: exampleApplications(`argocd/${stack}.yaml`),
    // Far more time than Argo CD needs here: there is a test that uses it up.
    argocd: { deleteTimeoutSeconds: 10, clusterClass: "app-runtime" },
  };
}

async function serveExampleChart(host: Cluster): Promise<void> {
  await host.apply<V1Namespace>(reference("v1", "Namespace", CHARTS));
  await chartRepository(host, CHARTS, path.join(examples, "argocd", "backstage"), SHOP);
}

/** The applications that an example configures, from the repository in the cluster. */
function exampleApplications(file: string): Record<string, object> {
  const repository = CHART_REPOSITORY;
  const { config } = load(example(file)) as { config: Record<string, Record<string, object>> };
  const applications = config["vcluster-environments:applications"] ?? {};
  return Object.fromEntries(Object.entries(applications).map(([name, one]) => [name, { ...one, repository }]));
}
