import * as assert from "node:assert/strict";

import { chartDirOf } from "../../local/settings";
import { TESTED_VERSION } from "../../shared/vcluster/versions";
import { Cluster } from "../../testing/cluster";
import { Stack } from "../../testing/pulumi";
import { type Charts, chartsForArgocd, committed } from "../support/argocd-delivery";
import { CHART } from "../support/chart-version";
import { coreChecks, webChart } from "../support/core-checks";
import { environment } from "../support/environments";

describe(`environment of a committed stack, chart ${CHART}`, function () {
  this.timeout(300_000);
  const made: Record<string, Set<string>> = {};
  let charts: Charts | undefined;

  before(async () => {
    const other = CHART === TESTED_VERSION ? [] : [chartDirOf(CHART)];
    charts = await chartsForArgocd(Cluster.host(), "e2e-delivery-charts", webChart, ...other);
  });
  after(() => charts?.remove());

  for (const [delivery, stack] of [
    ["helm", "dev"],
    ["argocd", "staging"],
  ] as const) {
    describe(`${stack}, delivered by ${delivery}`, () => {
      const config = { ...committed(stack), chart: { version: CHART }, delivery };
      const name = `e2e-by-${delivery}`;
      // Helm takes the chart that the host's overlay names.
      const env = (by: string) => (by === "argocd" ? charts?.env : undefined) ?? process.env;
      const other = delivery === "helm" ? "argocd" : "helm";
      made[delivery] = coreChecks({
        name,
        config,
        bring: () => environment(name, config, env(delivery)),
        otherwise: () => Stack.open(name, { config: { ...config, delivery: other }, env: env(other) }),
        charts: () => charts?.url ?? "",
      });
    });
  }

  // In a suite of its own: tests run before the suites beside them.
  describe("with either delivery", () => {
    it("creates the same objects", () => {
      const only = (one = "", other = "") => [...(made[one] ?? [])].filter((object) => !made[other]?.has(object));
      assert.deepEqual(only("argocd", "helm"), ["argoproj.io/Application argocd/vcluster-<name>-helm"]);
      assert.deepEqual(only("helm", "argocd"), ["/Secret <name>-vcluster/sh.helm.release.v1.vcluster-<name>-helm.v1"]);
    });
  });
});
