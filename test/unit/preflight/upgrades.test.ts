import * as assert from "node:assert/strict";

import type { EnvironmentArgs } from "../../../components";
import { settings } from "../../../components/config/defaults";
import { runningVersions, upgradeNotices, upgradeProblems } from "../../../preflight/upgrades";
import type { RunningState } from "../../../preflight/changes";

interface Running {
  readonly chart: string;
  /** Tag of the image. */
  readonly kubernetes?: string;
  readonly rolledOut?: boolean;
}

function state({ chart, kubernetes, rolledOut = true }: Running): RunningState {
  return {
    others: [],
    statefulSet: {
      metadata: { labels: { chart: `vcluster-${chart}` } },
      status: { currentRevision: "a", updateRevision: rolledOut ? "a" : "b" },
    },
    ...(kubernetes !== undefined && {
      values: { controlPlane: { distro: { k8s: { image: { tag: kubernetes } } } } },
    }),
  };
}

const NEW: RunningState = { others: [] };
const of = (args: Partial<EnvironmentArgs>) => settings("dev", { domain: "example.org", ...args });
const chart = (version: string, kubernetesVersion?: string) =>
  of({ chart: { version }, ...(kubernetesVersion !== undefined && { kubernetesVersion }) });

/** Codes of what is found, for a change from what runs to the settings. */
function codes(existing: RunningState, env = of({}), host?: string): string[] {
  return upgradeProblems(env, existing, host).map(({ path, code }) => `${path}: ${code}`);
}

describe("upgrades", () => {
  it("know what runs by the chart's label and its file of values", () => {
    assert.deepEqual(runningVersions(state({ chart: "0.30.0", kubernetes: "v1.34.0" })), {
      chart: "0.30.0",
      kubernetes: "1.34",
    });
    assert.equal(runningVersions(state({ chart: "0.30.0_build" })).chart, "0.30.0+build");
    // A chart of the source code, which has no version of its own.
    assert.equal(runningVersions(state({ chart: "0.0.1" })).chart, undefined);
    const initContainers = [{ image: "a/b:1" }, { image: "registry.example.org:5000/loft-sh/kubernetes:v1.33.1-full" }];
    const spec = { template: { spec: { initContainers } } };
    assert.equal(runningVersions({ statefulSet: { spec } }).kubernetes, "1.33");
    assert.deepEqual(runningVersions(NEW), { chart: undefined, kubernetes: undefined });
  });

  const CHARTS = ["0.26.0", "0.30.0", "0.34.0", "0.36.1", "0.99.0"];
  for (const [from, running] of CHARTS.entries()) {
    for (const [to, wanted] of CHARTS.entries()) {
      it(`${to < from ? "refuse" : "accept"} chart ${running} to ${wanted} with one Kubernetes`, () => {
        const found = codes(state({ chart: running, kubernetes: "v1.34.4" }), chart(wanted, "v1.34.4"), "1.34");
        assert.deepEqual(found, to < from ? ["chart.version: chart-downgrade"] : []);
      });
    }
  }

  it("accept an older patch of one minor version", () => {
    assert.deepEqual(codes(state({ chart: "0.26.5" }), chart("0.26.0")), []);
  });

  it("accept an older version where the newer one was never ready, and where a loss is allowed", () => {
    const env = of({
      persistence: { allowDataLoss: true },
      chart: { version: "0.26.0" },
      kubernetesVersion: "v1.32.1",
    });
    assert.deepEqual(codes(state({ chart: "0.36.1", rolledOut: false }), chart("0.26.0")), []);
    assert.deepEqual(codes(state({ chart: "0.36.1", kubernetes: "v1.36.0" }), env), []);
  });

  const STEPS: [from: string, to: string | undefined, found: string[]][] = [
    ["v1.34.0", "v1.34.9", []],
    ["v1.34.9", "v1.34.0", []],
    ["v1.34.0", "v1.35.2", []],
    ["v1.34.0", "v1.36.0", ["kubernetesVersion: kubernetes-step"]],
    ["v1.34.0", "v1.33.9", ["kubernetesVersion: kubernetes-downgrade"]],
    ["v1.36.0", "v1.34.0", ["kubernetesVersion: kubernetes-downgrade"]],
    // Chart 0.36 has 1.36 where none is set.
    ["v1.32.1", undefined, ["kubernetesVersion: kubernetes-step"]],
    ["v1.35.0", undefined, []],
  ];
  for (const [from, to, found] of STEPS) {
    it(`${found.length > 0 ? "refuse" : "accept"} Kubernetes ${from} to ${to ?? "the chart's own"}`, () => {
      assert.deepEqual(codes(state({ chart: "0.36.1", kubernetes: from }), chart("0.36.1", to), "1.36"), found);
    });
  }

  const SKEWS: [chart: string, kubernetes: string | undefined, host: string | undefined, refused: boolean][] = [
    ["0.26.0", undefined, "1.33", false],
    ["0.26.0", undefined, "1.34", true],
    ["0.26.0", undefined, undefined, false],
    ["0.26.0", "v1.34.4", "1.34", false],
    ["0.30.0", "v1.33.1", "1.36", true],
    ["0.35.2", "v1.33.1", "1.34", true],
    ["0.35.3", "v1.33.1", "1.34", false],
    ["0.36.0", "v1.33.1", "1.34", true],
    ["0.36.1", "v1.33.1", "1.34", false],
    ["0.37.0", "v1.33.1", "1.34", false],
  ];
  for (const [version, kubernetes, host, refused] of SKEWS) {
    it(`${refused ? "refuse" : "accept"} chart ${version} with ${kubernetes ?? "its own Kubernetes"} on ${host ?? "an unknown host"}`, () => {
      const found = refused ? ["kubernetesVersion: kubernetes-skew"] : [];
      assert.deepEqual(codes(NEW, chart(version, kubernetes), host), found);
    });
  }

  it("warn of a skew that is there, which would block every other change", () => {
    const running = state({ chart: "0.26.0", kubernetes: "v1.32.1" });
    assert.deepEqual(codes(running, of({}), "1.34"), []);
    assert.match(upgradeNotices(of({}), running, "1.34").join(), /never become ready .* Fix: set kubernetesVersion/);
    assert.deepEqual(upgradeNotices(of({}), running, "1.33"), []);
    assert.deepEqual(codes(running, chart("0.26.0", "v1.33.4"), "1.34"), [], "the way out");
  });

  it("refuse a change into a skew", () => {
    const running = state({ chart: "0.36.1", kubernetes: "v1.33.4" });
    const older = of({ chart: { version: "0.36.0" }, kubernetesVersion: "v1.33.4" });
    assert.deepEqual(codes(running, older, "1.34"), ["kubernetesVersion: kubernetes-skew"]);
  });

  it("name what they bring, what they skip and what has ended", () => {
    assert.deepEqual(upgradeNotices(of({}), NEW, undefined), []);
    const [all, skipped, ...others] = upgradeNotices(chart("0.34.0", "v1.34.4"), state({ chart: "0.26.0" }), undefined);
    assert.match(all ?? "", /^The chart goes from 0\.26\.0 to 0\.34\.0; .*EndpointSlices.*may patch StatefulSets/);
    assert.match(skipped ?? "", /^This skips 7 minor versions .* single steps: 0\.27, 0\.28, .*, 0\.34$/);
    assert.deepEqual(others, ["Chart 0.34.0 has no security fixes since 2026-10-29"]);
    assert.deepEqual(upgradeNotices(chart("0.26.5", "v1.34.4"), state({ chart: "0.26.0" }), undefined), [
      "The chart goes from 0.26.0 to 0.26.5",
    ]);
  });
});
