import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Namespace, V1PersistentVolumeClaim, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";

import { type Cluster, reference } from "../../../testing/cluster";
import { waitFor } from "../../../shared/wait";
import type { Attack, Verdict } from "./attack";
import { ATTACKS, plainPod, type Scene } from "./fixture";
import { base64, fromBase64 } from "../../../shared/base64";

const FROM = "the administrator of atka";
/** What the syncer has not done by then, it does not do: many times what it takes on an idle machine. */
const SETTLED = 20_000;
const valueOf = (secret: V1Secret | undefined) => fromBase64(secret?.data?.["value"]);

const sharedSecrets: Attack[] = [
  {
    title: "change a Secret that environments share, by its copy",
    from: FROM,
    stoppedBy: "vCluster: mappings go one way",
    run: async (scene) => {
      const value = randomUUID();
      await scene.a.cluster.send("PATCH", copyPath(scene), { data: { value: base64(value) } });
      await delay(SETTLED);
      const reached = [await sharedAt(scene.host, scene, "shared"), await sharedAt(scene.b.cluster, scene, "config")];
      return { worked: reached.includes(value), seen: "the host's Secret and the other's copy, read again" };
    },
    // Both read the copy that they may read.
    twin: async (scene) => arrives(scene.b.cluster, scene, scene.shared.value),
    proof: async (scene) => {
      // Where it may be written, at its source, the change does reach the other.
      const value = `${scene.shared.value}-changed`;
      await scene.host.send("PATCH", `/api/v1/namespaces/shared/secrets/${scene.shared.name}`, {
        data: { other: base64(value) },
      });
      return waitForVerdict(
        async () => (await scene.b.cluster.get<V1Secret>(copy(scene)))?.data?.["other"] === base64(value),
        "a change at the source reaches the other environment",
      );
    },
  },
  {
    title: "read a Secret of the host by a name inside",
    from: FROM,
    stoppedBy: "names of synced objects",
    run: (scene) => mounts(scene, `vc-${scene.a.release}`, `vc-${scene.a.release}`),
    twin: (scene) => mounts(scene, "own", scene.parties.atka.onHost("own")),
    proof: async (scene) => {
      const { status } = await scene.host.send(
        "POST",
        `/api/v1/namespaces/${scene.a.namespace}/pods?dryRun=All`,
        mounting(scene.a.namespace, `vc-${scene.a.release}`),
      );
      return { worked: status === 201, seen: `on the host, where names are what they are: HTTP ${status}` };
    },
  },
  {
    title: "replace a Secret of the other environment by equal names",
    from: FROM,
    stoppedBy: "names of synced objects",
    run: (scene) => replaces(scene, scene.b.release),
    twin: (scene) => replaces(scene, undefined),
    // Who may write there replaces it by that name.
    proof: async ({ host, b }) => {
      const path = `/api/v1/namespaces/${b.namespace}/secrets/vc-${b.release}?dryRun=All`;
      const { status } = await host.send("PATCH", path, { data: { value: base64("x") } });
      return { worked: status === 200, seen: `HTTP ${status}` };
    },
  },
];

/** More objects than a quota lets through. */
const quotas: Attack[] = [
  {
    title: "make 10 load balancers",
    from: FROM,
    stoppedBy: "ResourceQuota",
    run: (scene) => services(scene, "LoadBalancer", 10),
    twin: (scene) => services(scene, "ClusterIP", 1),
  },
  {
    title: "make 10 services with ports on every node",
    from: FROM,
    stoppedBy: "ResourceQuota",
    run: (scene) => services(scene, "NodePort", 10),
    twin: (scene) => services(scene, "ClusterIP", 1),
  },
  {
    title: "claim a volume of 10 TiB",
    from: FROM,
    stoppedBy: "ResourceQuota",
    run: (scene) => claims(scene, "10Ti"),
    twin: (scene) => claims(scene, "1Mi"),
  },
];

export const objectAttacks: Attack[] = [...sharedSecrets, ...quotas];

const copy = (scene: Scene) => reference("v1", "Secret", scene.shared.name, "config");
const copyPath = (scene: Scene) => `/api/v1/namespaces/config/secrets/${scene.shared.name}`;

async function sharedAt(cluster: Cluster, scene: Scene, namespace: string): Promise<string> {
  return valueOf(await cluster.get<V1Secret>(reference("v1", "Secret", scene.shared.name, namespace)));
}

async function arrives(cluster: Cluster, scene: Scene, value: string): Promise<Verdict> {
  return waitForVerdict(
    async () => (await sharedAt(cluster, scene, "config")) === value,
    "the copy has the source's value",
  );
}

function mounting(namespace: string, secretName: string): V1Pod {
  const pod = plainPod(`mounting-${randomUUID().slice(0, 8)}`, namespace);
  pod.spec.volumes = [{ name: "secret", secret: { secretName, optional: true } }];
  return pod;
}

/** Whether a pod that names a Secret inside mounts the Secret `expected` on the host. */
async function mounts(scene: Scene, secretName: string, expected: string): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const pod = await cluster.apply<V1Pod>(mounting(ATTACKS, secretName));
  const name = pod.metadata?.name ?? "";
  try {
    const found = await waitFor(() => scene.host.get<V1Pod>(reference("v1", "Pod", onHost(name), hostNamespace)), {
      what: `pod ${name} on the host`,
      timeoutMs: 30_000,
      explain: () => cluster.explain(ATTACKS),
    });
    const mounted = found.spec?.volumes?.find((volume) => volume.name === "secret")?.secret?.secretName ?? "nothing";
    return { worked: mounted === expected, seen: `on the host it mounts ${mounted}` };
  } finally {
    await cluster.core.deleteNamespacedPod({ namespace: ATTACKS, name, gracePeriodSeconds: 0 });
  }
}

/**
 * Makes namespace, Secret and pod of atka with the names that the other environment has on the host, and looks whether its
 * Secret there has changed; without a release, whether the own one arrived.
 */
async function replaces(scene: Scene, release: string | undefined): Promise<Verdict> {
  const { host, a, b } = scene;
  const namespace = release === undefined ? ATTACKS : b.namespace;
  const name = release === undefined ? "own" : `vc-${release}`;
  const theirs = reference("v1", "Secret", `vc-${b.release}`, b.namespace);
  const before = (await host.get<V1Secret>(theirs))?.metadata?.resourceVersion;
  await a.cluster.apply<V1Namespace>({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const data = { value: base64("intruder") };
  await a.cluster.apply<V1Secret>({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data });
  const { onHost, hostNamespace } = scene.parties.atka;
  if (release === undefined) {
    // A Secret is synced once a pod wants it.
    const own = await mounts(scene, name, onHost(name));
    const arrived = await host.get<V1Secret>(reference("v1", "Secret", onHost(name), hostNamespace));
    return { worked: own.worked && arrived !== undefined, seen: own.seen };
  }
  try {
    await a.cluster.apply<V1Pod>(mounting(namespace, name)).catch(() => undefined);
    await delay(SETTLED);
    const after = (await host.get<V1Secret>(theirs))?.metadata?.resourceVersion;
    return { worked: before !== after, seen: `version ${before ?? ""} before, ${after ?? ""} after` };
  } finally {
    await a.cluster.remove(reference("v1", "Namespace", namespace));
  }
}

/** Whether so many services of a type come to be on the host. */
async function services(scene: Scene, type: string, count: number): Promise<Verdict> {
  const { cluster, hostNamespace } = scene.parties.atka;
  const prefix = `${type.toLowerCase()}-${randomUUID().slice(0, 4)}`;
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const spec = { type, selector: { app: "nobody" }, ports: [{ port: 80 }] };
  for (const name of names) {
    await cluster.apply<V1Service>({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: ATTACKS }, spec });
  }
  try {
    const there = async () => {
      const { items } = await scene.host.core.listNamespacedService({ namespace: hostNamespace });
      return items.filter((item) => item.metadata?.name?.startsWith(prefix) && item.spec?.type === type).length;
    };
    return await counted(there, count, `services of type ${type} on the host`);
  } finally {
    await cluster.remove(...names.map((name) => reference("v1", "Service", name, ATTACKS)));
  }
}

async function claims(scene: Scene, storage: string): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const name = `claim-${randomUUID().slice(0, 8)}`;
  await cluster.apply<V1PersistentVolumeClaim>({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: ATTACKS },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  });
  try {
    const there = async () =>
      (await scene.host.get(reference("v1", "PersistentVolumeClaim", onHost(name), hostNamespace))) ? 1 : 0;
    return await counted(there, 1, `claims of ${storage} on the host`);
  } finally {
    await cluster.remove(reference("v1", "PersistentVolumeClaim", name, ATTACKS));
  }
}

/** Counts until all are there, or for as long as the syncer could need. */
async function counted(count: () => Promise<number>, all: number, what: string): Promise<Verdict> {
  const end = Date.now() + SETTLED;
  let found = await count();
  while (found < all && Date.now() < end) {
    await delay(500);
    found = await count();
  }
  return { worked: found >= all, seen: `${found} of ${all} ${what}` };
}

async function waitForVerdict(condition: () => Promise<boolean>, seen: string): Promise<Verdict> {
  const worked = await waitFor(condition, { what: seen, timeoutMs: 20_000 }).catch(() => false);
  return { worked, seen };
}
