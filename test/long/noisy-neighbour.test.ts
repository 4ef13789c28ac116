import type { V1Deployment } from "@kubernetes/client-node";
import * as assert from "node:assert/strict";
import { Cluster, reference } from "../support/cluster";
import { destroy, environment, type Environment } from "../support/environments";
import { keepResult } from "../support/results";
import { plainPod } from "../support/attacks/scene";

/** What the neighbour may use at most; its pods use all of it, and more than the node has. */
const QUOTA = { pods: "21", "limits.cpu": "11", "limits.memory": "4Gi" };
const PODS = 20;
const SPINNERS = 2;
const ROUNDS = 6;
const WINDOW_SECONDS = 10;
const namespace = "noise";

describe("an environment beside a noisy neighbour at full quota", function () {
  this.timeout(900_000);
  const names = ["quiet", "noisy"] as const;
  const host = Cluster.host();
  let quiet: Environment;
  let noisy: Environment;
  let pods: string[];

  before(async () => {
    const config = { domain: "cnoe.localtest.me", isolation: { quota: QUOTA }, argocd: { register: false } };
    [quiet, noisy] = (await Promise.all(names.map((name) => environment(name, config)))) as [Environment, Environment];
    await noisy.cluster.apply(reference("v1", "Namespace", namespace));
    await noisy.cluster.apply<V1Deployment>(spinners());
    // One more than there may be beside the DNS server: the quota is full when the last does not come.
    pods = await host.waitFor(
      async () => {
        const { items } = await host.core.listNamespacedPod({ namespace: noisy.namespace, labelSelector: "app=noise" });
        const running = items.filter(({ status }) => status?.phase === "Running");
        return running.length >= PODS && running.map(({ metadata }) => metadata?.name ?? "");
      },
      { what: `${PODS} noisy pods to run`, timeoutMs: 180_000, namespace: noisy.namespace },
    );
  });
  after(() => Promise.all(names.map((name) => destroy(name))));

  it(`answers with a p99 under twice of that without the neighbour's noise`, async () => {
    const samples: Record<"with" | "without", number[]> = { with: [], without: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const noise of ["without", "with"] as const) {
        const ended = noise === "with" ? makeNoise() : Promise.resolve();
        samples[noise].push(...(await latencies(quiet.cluster)));
        await ended;
      }
    }
    const ratio = percentile(samples.with, 99) / percentile(samples.without, 99);
    const row = (noise: "with" | "without") =>
      `${noise.padEnd(7)}  ${[50, 90, 99].map((p) => `p${p} ${percentile(samples[noise], p).toFixed(1)} ms`).join("  ")}  ${samples[noise].length} requests`;
    const text = [
      `${PODS} pods with ${SPINNERS} busy loops each; ${ROUNDS} windows of ${WINDOW_SECONDS} s with, and as many without, in turns`,
      row("without"),
      row("with"),
      `p99 with / without: ${ratio.toFixed(2)}`,
    ].join("\n");
    console.log(text);
    keepResult("noisy-neighbour", {
      title: "An environment's API beside a noisy neighbour",
      text,
      data: { samples, ratio },
    });
    assert.ok(ratio < 2, text);
  });

  it("has a neighbour whose quota was full", async () => {
    const quotas = (await host.core.listNamespacedResourceQuota({ namespace: noisy.namespace })).items;
    const used = quotas.map(({ status }) => status?.used?.["limits.cpu"]).find((amount) => amount !== undefined);
    const hard = quotas.map(({ status }) => status?.hard?.["pods"]).find((amount) => amount !== undefined);
    const running = quotas.map(({ status }) => status?.used?.["pods"]).find((amount) => amount !== undefined);
    assert.equal(running, hard, `limits.cpu in use: ${used ?? ""}`);
  });

  function spinners(): V1Deployment {
    const pod = plainPod("noise", namespace);
    const labels = { app: "noise" };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "noise", namespace },
      spec: {
        replicas: PODS + 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod.spec },
      },
    };
  }

  /** Busy loops in every pod, for one window and a moment; a loop that nobody ends comes to its end itself. */
  async function makeNoise(): Promise<void> {
    const loops = Array.from({ length: SPINNERS }, () => `timeout ${WINDOW_SECONDS} sh -c 'while :; do :; done' &`);
    const script = `${loops.join(" ")} wait`;
    const limit = (WINDOW_SECONDS + 30) * 1000;
    await Promise.all(pods.map((pod) => host.shell(noisy.namespace, pod, script, limit)));
  }
});

/** Times of requests to the API, one after another, for one window, in milliseconds. */
async function latencies(cluster: Cluster): Promise<number[]> {
  const found: number[] = [];
  const end = performance.now() + WINDOW_SECONDS * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    const { status } = await cluster.send("GET", "/api/v1/namespaces/default/configmaps");
    assert.equal(status, 200);
    found.push(performance.now() - start);
  }
  return found;
}

function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
