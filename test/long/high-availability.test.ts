import * as assert from "node:assert/strict";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { ApiException, type V1ConfigMap, type V1Pod, type V1PodDisruptionBudget } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { domain } from "../../local/settings";
import { succeeded } from "../../shared/exec";
import { table } from "../../shared/table";
import { waitFor, within } from "../../shared/wait";
import { Cluster, reference } from "../../testing/cluster";
import { plainPod } from "../support/attacks/fixture";
import { destroy, environment, type Environment } from "../support/environments";
import { longestGap, requestsDuring } from "../support/requests";
import { keepResult } from "../support/results";

const EVERY_MS = 100;
/** After the new pod is ready: the others take over, and clients find it. */
const AFTERWARDS_MS = 10_000;
const POD_MS = 300_000;
/** What does not answer within this time has lost its peer. */
const REQUEST_MS = 5_000;
const ETCD_PORTS = [2379, 2380, 2381];
/** kube-router filters the traffic of a pod from up to a second after its start on, later on a busy machine. */
const ROUNDS = 5;

const SUBJECTS = [
  { name: "ha-one", profile: "default", replicas: 1 },
  { name: "ha-three", profile: "default", replicas: 3 },
  { name: "ha-hardened", profile: "hardened", replicas: 3 },
] as const;

/** What was seen while a pod was deleted. */
interface Outage {
  readonly environment: string;
  readonly profile: string;
  readonly replicas: number;
  readonly pod: string;
  /** Longest times without a right answer to a read and to a write, in milliseconds. */
  readonly readGapMs: number;
  readonly writeGapMs: number;
  readonly failed: number;
  readonly requests: number;
  /** Until a pod that was created at once inside was on the host, in milliseconds. */
  readonly syncedMs: number;
}

describe("control planes whose pods are deleted", function () {
  this.timeout(40 * 60_000);
  const host = Cluster.host();
  const outages: Outage[] = [];

  after("print and keep the table", () => {
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    const rows = outages.map((outage) => [
      outage.profile,
      String(outage.replicas),
      outage.pod,
      seconds(outage.readGapMs),
      seconds(outage.writeGapMs),
      `${outage.failed} of ${outage.requests}`,
      seconds(outage.syncedMs),
    ]);
    const head = ["profile", "replicas", "pod deleted", "no read for s", "no write for s", "failed", "new pod after s"];
    const text = table([head, ...rows], [1, 3, 4, 5, 6]);
    console.log(text);
    keepResult("high-availability", {
      title: `Longest gap of requests each ${EVERY_MS} ms while a pod is deleted`,
      text,
      data: outages,
    });
  });

  for (const subject of SUBJECTS) {
    const { name, profile, replicas } = subject;
    describe(`of ${replicas} ${replicas === 1 ? "replica" : "replicas"}, in the profile ${profile}`, () => {
      let env: Environment;
      let pods: string[];

      before(async () => {
        env = await environment(name, {
          domain,
          argocd: { register: false },
          controlPlane: { replicas },
          persistence: { size: "1Gi" },
          isolation: { profile },
        });
        const sets = replicas === 1 ? [env.release] : [env.release, env.etcd];
        pods = sets.flatMap((set) => Array.from({ length: replicas }, (_, index) => `${set}-${index}`));
      });
      after(() => destroy(name));

      it("comes up, with a ready pod for each replica and a volume for each pod", async () => {
        for (const pod of pods) await host.podReady(env.namespace, pod, POD_MS);
        const { items } = await host.core.listNamespacedPersistentVolumeClaim({ namespace: env.namespace });
        assert.deepEqual(items.map(({ metadata }) => metadata?.name).sort(), pods.map((pod) => `data-${pod}`).sort());
        assert.ok((await env.cluster.core.listNode()).items.length > 0);
      });

      it("responds again after each of its pods was deleted, with every object", async () => {
        await deletedInTurn(subject, env, pods);
        const mine = outages.filter((outage) => outage.environment === name);
        assert.equal(mine.length, pods.length);
        if (replicas === 1) return;
        const worst = (all: Outage[]) =>
          Math.max(...all.map((outage) => Math.max(outage.readGapMs, outage.writeGapMs)));
        const single = worst(outages.filter((outage) => outage.replicas === 1));
        assert.ok(worst(mine) < single, `${worst(mine)} ms without an answer, ${single} ms with one replica`);
      });

      it("causes no changes afterwards", async () => {
        succeeded(await env.stack.operate("preview", ["--expect-no-changes"]));
      });

      if (replicas === 1) return;

      it("lets a drain evict one pod of each at a time", async () => {
        for (const set of [env.release, env.etcd]) {
          const budget = reference("policy/v1", "PodDisruptionBudget", set, env.namespace);
          await host.waitFor(
            async () => (await host.get<V1PodDisruptionBudget>(budget))?.status?.disruptionsAllowed === 1,
            { what: `the budget ${set} to allow a disruption`, timeoutMs: 60_000, namespace: env.namespace },
          );
          const first = await host.get<V1Pod>(reference("v1", "Pod", `${set}-0`, env.namespace));
          await evict(env.namespace, `${set}-0`);
          await assert.rejects(
            evict(env.namespace, `${set}-1`),
            (error) => error instanceof ApiException && error.code === 429,
          );
          await host.podReady(env.namespace, `${set}-0`, POD_MS, first?.metadata?.uid);
        }
      });

      it("keeps pods of tenants from etcd, whatever their labels", async () => {
        const addresses = await addressesOf(env);
        const targets = addresses.flatMap((address) => ETCD_PORTS.map((port) => `${address} ${port}`));
        for (const target of targets) {
          const [address = "", port] = target.split(" ");
          // The Service has no port for metrics.
          if (address === addresses[0] && port === "2381") continue;
          assert.ok(await accepts(address, Number(port)), `${target} does not listen: the test shows nothing`);
        }
        const plain = plainPod("plain", "default");
        const disguise = plainPod("disguised", "default");
        const labels = { app: "vcluster-etcd", release: env.release };
        for (const pod of [plain, { ...disguise, metadata: { ...disguise.metadata, labels } }]) {
          await env.cluster.apply<V1Pod>(pod);
          const onHost = syncedName(pod.metadata.name, "default", env.release);
          await host.podReady(env.namespace, onHost, POD_MS);
          const tries = targets
            .map((target) => `nc -w 2 ${target} -e true 2>/dev/null && echo "${target}" &`)
            .join("\n");
          // One that it may reach: the pod has a network.
          const control = `nc -w 2 ${await addressOf(env, `${env.release}-0`)} 8443 -e true && echo control`;
          const script = `${tries}\nwait\n${control}`;
          let found = "";
          for (let round = 0; round < ROUNDS && found !== "control"; round++) {
            if (round > 0) await delay(1_000);
            found = (await host.shell(env.namespace, onHost, script, 60_000)).trim();
          }
          assert.equal(found, "control", `what ${pod.metadata.name} connects to`);
        }
      });
    });
  }

  /** Deletes each pod as `kubectl delete` does, while requests are sent, and adds what was seen to the table. */
  async function deletedInTurn(
    { name, profile, replicas }: (typeof SUBJECTS)[number],
    env: Environment,
    pods: readonly string[],
  ): Promise<void> {
    const { cluster, namespace } = env;
    const counter = reference("v1", "ConfigMap", "counter", "default");
    await cluster.apply<V1ConfigMap>({ ...counter, data: { written: "0" } });
    const path = "/api/v1/namespaces/default/configmaps/counter";
    let next = 0;
    let confirmed = 0;
    const answered = async (method: string, content?: object) => {
      const { status } = await within(REQUEST_MS, cluster.send(method, path, content));
      if (status !== 200) throw new Error(`${method}: ${status}`);
    };
    const write = async () => {
      const written = ++next;
      await answered("PATCH", { data: { [`n${written}`]: "" } });
      confirmed++;
    };

    for (const pod of pods) {
      const before = await host.get<V1Pod>(reference("v1", "Pod", pod, namespace));
      const started = performance.now();
      let syncedMs = NaN;
      const disturb = async () => {
        await delay(1_000);
        await host.core.deleteNamespacedPod({ namespace, name: pod });
        const synced = timeToSync(env, pod).then((ms) => (syncedMs = ms));
        await host.podReady(namespace, pod, POD_MS, before?.metadata?.uid);
        await synced;
        await delay(AFTERWARDS_MS);
      };
      let writes: Awaited<ReturnType<typeof requestsDuring>> = [];
      const reads = await requestsDuring(
        () => answered("GET"),
        EVERY_MS,
        async () => {
          writes = await requestsDuring(write, EVERY_MS, disturb);
        },
      );
      const all = [...reads, ...writes];
      outages.push({
        environment: name,
        profile,
        replicas,
        pod: pod.replace(env.release, "vcluster"),
        readGapMs: longestGap(reads),
        writeGapMs: longestGap(writes),
        failed: all.filter((attempt) => attempt.answered === undefined).length,
        requests: all.length,
        syncedMs,
      });
      // Also written may be what was not confirmed; what was confirmed must be there.
      const kept = Object.keys((await cluster.get<V1ConfigMap>(counter))?.data ?? {}).length - 1;
      assert.ok(kept >= confirmed, `${confirmed} writes were confirmed, ${kept} are there, after ${pod}`);
      console.log(`      ${pod}: ${all.length} requests in ${Math.round((performance.now() - started) / 1000)} s`);
    }
  }

  /** Milliseconds until a pod that is created inside, as soon as that works, is on the host. */
  async function timeToSync({ cluster, namespace, release }: Environment, deleted: string): Promise<number> {
    const start = performance.now();
    const name = `after-${deleted.slice(release.length + 1)}`;
    const create = () => within(REQUEST_MS, cluster.apply<V1Pod>(plainPod(name, "default")));
    await waitFor(create, { what: `pod ${name}`, timeoutMs: POD_MS, everyMs: 100 });
    const onHost = reference("v1", "Pod", syncedName(name, "default", release), namespace);
    await waitFor(() => host.get<V1Pod>(onHost), { what: `pod ${name} on the host`, timeoutMs: POD_MS, everyMs: 100 });
    return performance.now() - start;
  }

  async function evict(namespace: string, name: string): Promise<void> {
    const metadata = { name, namespace };
    await host.core.createNamespacedPodEviction({ name, namespace, body: { metadata } });
  }

  /** Addresses of etcd: its Service first, then its pods. */
  async function addressesOf(env: Environment): Promise<string[]> {
    const { spec } = await host.core.readNamespacedService({ name: env.etcd, namespace: env.namespace });
    const members = await Promise.all([0, 1, 2].map((index) => addressOf(env, `${env.etcd}-${index}`)));
    return [spec?.clusterIP ?? "", ...members];
  }

  async function addressOf({ namespace }: Environment, pod: string): Promise<string> {
    const { status } = await host.core.readNamespacedPod({ name: pod, namespace });
    return status?.podIP ?? "";
  }
});

/** Whether this process, on the node, can connect: no network policy keeps a node from its pods. */
async function accepts(host: string, port: number): Promise<boolean> {
  const socket = net.connect({ host, port, timeout: 5_000 });
  try {
    return await new Promise<boolean>((resolve) => {
      const answer = (connected: boolean) => () => {
        resolve(connected);
      };
      socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
    });
  } finally {
    socket.destroy();
  }
}
