import type { V1Deployment } from "@kubernetes/client-node";
import * as assert from "node:assert/strict";
import * as os from "node:os";
import { setTimeout } from "node:timers/promises";
import { Cluster, reference } from "../support/cluster";
import { destroy, environment, type Environment } from "../support/environments";
import { keepResult } from "../support/results";
import { plainPod } from "../support/attacks/scene";

/**
 * What the neighbour may use at most, and its pods use all of it: half of the node's processor time, and one processor
 * that its DNS server may take and does not. A host that hands out more limits than it has keeps throughput by weights,
 * and not latency: see docs/security.md.
 */
const PODS = 20;
const CORES = os.availableParallelism();
const QUOTA = { pods: String(PODS + 1), "limits.cpu": String(CORES / 2 + 1), "limits.memory": "4Gi" };
const LIMITS = { cpu: `${(CORES * 1000) / 2 / PODS}m`, memory: "64Mi" };
const SPINNERS = 2;
const ROUNDS = 6;
const WINDOW_SECONDS = 10;
/** To begin the loops in all pods costs processor time of the container runtime, which is no tenant's. */
const LEAD_SECONDS = 5;
const namespace = "noise";

describe("an environment beside a noisy neighbour at full quota", function () {
  this.timeout(900_000);
  const names = ["quiet", "noisy"] as const;
  const host = Cluster.host();
  let quiet: Environment;
  let noisy: Environment;
  let pods: string[];

  before(async () => {
    const config = {
      domain: "cnoe.localtest.me",
      isolation: { quota: QUOTA, containerLimits: LIMITS },
      argocd: { register: false },
    };
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
    let taken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      samples.without.push(...(await latencies(quiet.cluster)));
      const noise = makeNoise();
      await setTimeout(LEAD_SECONDS * 1000);
      samples.with.push(...(await latencies(quiet.cluster)));
      taken += await noise;
    }
    const share = taken / (ROUNDS * (WINDOW_SECONDS + 2 * LEAD_SECONDS) * os.availableParallelism());
    const ratio = percentile(samples.with, 99) / percentile(samples.without, 99);
    const row = (noise: "with" | "without") =>
      `${noise.padEnd(7)}  ${[50, 90, 99].map((p) => `p${p} ${percentile(samples[noise], p).toFixed(1)} ms`).join("  ")}  ${samples[noise].length} requests`;
    const text = [
      `${PODS} pods with ${SPINNERS} busy loops each, that may take half of the node; ${ROUNDS} windows of ${WINDOW_SECONDS} s with, and as many without, in turns`,
      row("without"),
      row("with"),
      `p99 with / without: ${ratio.toFixed(2)}; the noise took ${(share * 100).toFixed(0)} % of the node's processor time`,
    ].join("\n");
    console.log(text);
    keepResult("noisy-neighbour", {
      title: "An environment's API beside a noisy neighbour",
      text,
      data: { samples, ratio },
    });
    assert.ok(share > 0.35, text);
    assert.ok(ratio < 2, text);
  });

  it("has a neighbour whose quota was full", async () => {
    const quotas = (await host.core.listNamespacedResourceQuota({ namespace: noisy.namespace })).items;
    const workloads = quotas.find(({ spec }) => spec?.hard?.["limits.cpu"] !== undefined)?.status;
    for (const resource of ["pods", "limits.cpu"]) {
      assert.equal(workloads?.used?.[resource], workloads?.hard?.[resource], resource);
    }
  });

  function spinners(): V1Deployment {
    const pod = plainPod("noise", namespace);
    // They take what the environment gives to a container that sets nothing.
    for (const container of pod.spec.containers) delete container.resources;
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

  /**
   * Busy loops in every pod, for a window and the time that it takes to begin all of them; a loop that nobody ends comes
   * to its end itself. Gives the processor time that they took, in seconds.
   */
  async function makeNoise(): Promise<number> {
    const seconds = WINDOW_SECONDS + 2 * LEAD_SECONDS;
    const loops = Array.from({ length: SPINNERS }, () => `timeout ${seconds} sh -c 'while :; do :; done' &`);
    const script = `${loops.join(" ")} wait; times`;
    const printed = await Promise.all(
      pods.map((pod) => host.shell(noisy.namespace, pod, script, (seconds + 30) * 1000)),
    );
    return printed.map(childSeconds).reduce((sum, taken) => sum + taken, 0);
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

/** What `times` of a shell prints: user and system time of its own, and then of its children, as `1m2.50s`. */
function childSeconds(printed: string): number {
  const times = [...printed.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  assert.equal(times.length, 4, `four times in ${JSON.stringify(printed)}`);
  return times.slice(2).reduce((sum, time) => sum + time, 0);
}

function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
