import * as assert from "node:assert/strict";

import { restartPods } from "../../../cli/commands/renew";
import { environmentNames } from "../../../components/names";
import type { Pod } from "../../../host/client";

const names = environmentNames("dev", "example.org");
const SETS = { "vcluster-etcd": names.etcd, vcluster: names.release };

/** A host that makes a pod again as soon as it is deleted, ready or not. */
function host(replicas: number, ready = true) {
  const generations = new Map<string, number>();
  const removed: string[] = [];
  const pod = (name: string): Pod => ({
    metadata: { name, uid: String(generations.get(name) ?? 0) },
    status: {
      conditions: [{ type: "Ready", status: ready || !generations.has(name) ? "True" : "False" }],
      containerStatuses: [{ name: "c", state: { waiting: { reason: "CrashLoopBackOff" } } }],
    },
  });
  const nameIn = (path: string) => /^\/api\/v1\/namespaces\/dev-vcluster\/pods\/([^/?]+)$/.exec(path)?.[1] ?? "";
  const client = {
    list: (path: string) => {
      const [, app, release] = /labelSelector=app=(.+),release=(.+)$/.exec(decodeURIComponent(path)) ?? [];
      assert.equal(release, names.release);
      const set = SETS[app as keyof typeof SETS];
      const count = app === "vcluster-etcd" && replicas === 1 ? 0 : replicas;
      return Promise.resolve(Array.from({ length: count }, (_, index) => pod(`${set}-${index}`)));
    },
    get: (path: string) => Promise.resolve(pod(nameIn(path))),
    remove: (path: string) => {
      const name = nameIn(path);
      removed.push(name);
      generations.set(name, (generations.get(name) ?? 0) + 1);
      return Promise.resolve();
    },
  };
  return { client: client as unknown as Parameters<typeof restartPods>[0]["host"], removed };
}

describe("restart of a control plane", () => {
  it("replaces the one pod", async () => {
    const { client, removed } = host(1);
    const lines: string[] = [];
    await restartPods({ host: client, names }, (line) => lines.push(line));
    assert.deepEqual(removed, [names.pod]);
    assert.deepEqual(lines, [`Restarting Pod dev-vcluster/${names.pod}`]);
  });

  it("replaces the pods of all replicas and of etcd, those of etcd first", async () => {
    const { client, removed } = host(3);
    await restartPods({ host: client, names }, () => undefined);
    const of = (set: string) => [0, 1, 2].map((index) => `${set}-${index}`);
    assert.deepEqual(removed, [...of(names.etcd), ...of(names.release)]);
  });

  it("replaces no other pod while one is not ready, and says why", async () => {
    const { client, removed } = host(3, false);
    await assert.rejects(
      restartPods({ host: client, names }, () => undefined, 20),
      /vcluster-dev-helm-etcd-0 to be ready.*CrashLoopBackOff/s,
    );
    assert.deepEqual(removed, [`${names.etcd}-0`]);
  });
});
