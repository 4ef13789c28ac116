import { setTimeout as delay } from "node:timers/promises";

import type { V1ConfigMap, V1Pod } from "@kubernetes/client-node";

import { reference } from "../../../testing/cluster";
import { waitFor } from "../../../shared/wait";
import type { Attack, Verdict } from "./attack";
import { ATTACKS, plainPod, type Scene } from "./fixture";

const FROM = "the administrator of atka";
/** So long are objects counted after the last of them came to the host. */
const REST = 15_000;
/** More than a container may write that sets no limit, in MiB. */
const DISK = 1536;

/** What one environment could use up alone. These take minutes, and are no part of every run. */
export const exhaustion: readonly Attack[] = [
  {
    title: "run 100 pods",
    from: FROM,
    stoppedBy: "ResourceQuota",
    run: (scene) => pods(scene, "many", 100),
    twin: (scene) => pods(scene, "few", 5),
  },
  {
    title: "make 1,000 ConfigMaps on the host",
    from: FROM,
    stoppedBy: "ResourceQuota",
    run: (scene) => configMaps(scene, "many", 1000),
    twin: (scene) => configMaps(scene, "few", 10),
  },
  {
    title: `write ${DISK} MiB to the node's disk`,
    from: FROM,
    stoppedBy: "LimitRange",
    run: (scene) => writes(scene, "much", DISK),
    twin: (scene) => writes(scene, "little", 64),
  },
];

async function pods(scene: Scene, prefix: string, count: number): Promise<Verdict> {
  const { cluster, hostNamespace } = scene.parties.atka;
  const names = numbered(`pod-${prefix}`, count);
  await inTurns(names, (name) => cluster.apply<V1Pod>(plainPod(name, ATTACKS)));
  const found = await settledCount(count, async () => {
    const { items } = await scene.host.core.listNamespacedPod({ namespace: hostNamespace });
    return items.filter(({ metadata }) => metadata?.name?.startsWith(`pod-${prefix}-`)).length;
  });
  await inTurns(names, (name) => cluster.core.deleteNamespacedPod({ namespace: ATTACKS, name, gracePeriodSeconds: 0 }));
  return { worked: found >= count, seen: `${found} of ${count} pods came to the host` };
}

/** ConfigMaps come to the host when a pod wants them: one pod wants all. */
async function configMaps(scene: Scene, prefix: string, count: number): Promise<Verdict> {
  const { cluster, hostNamespace } = scene.parties.atka;
  const names = numbered(`map-${prefix}`, count);
  await inTurns(names, (name) =>
    cluster.apply<V1ConfigMap>({ ...reference("v1", "ConfigMap", name, ATTACKS), data: {} }),
  );
  const pod = plainPod(`reader-${prefix}`, ATTACKS);
  pod.spec.volumes = [
    { name: "maps", projected: { sources: names.map((name) => ({ configMap: { name, optional: true } })) } },
  ];
  await cluster.apply<V1Pod>(pod);
  const found = await settledCount(count, async () => {
    const { items } = await scene.host.core.listNamespacedConfigMap({ namespace: hostNamespace });
    return items.filter(({ metadata }) => metadata?.name?.startsWith(`map-${prefix}-`)).length;
  });
  await cluster.remove(reference("v1", "Pod", pod.metadata.name, ATTACKS));
  await inTurns(names, (name) => cluster.core.deleteNamespacedConfigMap({ namespace: ATTACKS, name }));
  return { worked: found >= count, seen: `${found} of ${count} ConfigMaps came to the host` };
}

/** Whether a container without limits keeps what it has written; the kubelet measures about once a minute. */
async function writes(scene: Scene, prefix: string, mebibytes: number): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const script = `dd if=/dev/zero of=/tmp/file bs=1M count=${mebibytes} && touch /tmp/written && exec sleep 3600`;
  const pod = plainPod(`writer-${prefix}`, ATTACKS, script);
  for (const container of pod.spec.containers) delete container.resources;
  await cluster.apply<V1Pod>(pod);
  const end = Date.now() + 150_000;
  const phase = async () => {
    const found = await scene.host.get<V1Pod>(reference("v1", "Pod", onHost(pod.metadata.name), hostNamespace));
    return found?.status?.reason === "Evicted" || found?.status?.phase === "Failed" ? "evicted" : found?.status?.phase;
  };
  await waitFor(async () => (await phase()) !== undefined && (await phase()) !== "Pending", {
    what: "the writer to start",
    timeoutMs: 240_000,
    explain: () => cluster.explain(ATTACKS),
  });
  while (Date.now() < end && (await phase()) === "Running") await delay(2_000);
  const last = await phase();
  const written = last === "Running" && (await cluster.shell(ATTACKS, pod.metadata.name, "ls /tmp/written", 20_000));
  await cluster.remove(reference("v1", "Pod", pod.metadata.name, ATTACKS));
  return { worked: Boolean(written), seen: `after writing ${mebibytes} MiB the pod is ${last ?? "gone"}` };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Twenty at a time. */
async function inTurns(names: string[], act: (name: string) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < names.length; start += 20) await Promise.all(names.slice(start, start + 20).map(act));
}

/** Counts until all are there, or until nothing has changed for a while. */
async function settledCount(all: number, count: () => Promise<number>): Promise<number> {
  let [found, since] = [await count(), Date.now()];
  while (found < all && Date.now() - since < REST) {
    await delay(1_000);
    const now = await count();
    if (now !== found) [found, since] = [now, Date.now()];
  }
  return found;
}
