import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Namespace, V1PersistentVolume, V1Secret } from "@kubernetes/client-node";

import { addHostNames } from "../../local/hosts-file";
import { Cluster, reference, type Reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { listObjects } from "../../testing/objects";
import { Stack } from "../../testing/pulumi";
import { seeded } from "../support/random";
import { namesOf } from "../support/environments";

const names = ["dia-a", "dia-b"];
const existing = reference("v1", "Namespace", "dia-there-before");
const made = reference("v1", "Namespace", "dia-made");
const secrets = [existing, made].map(({ metadata }) => reference("v1", "Secret", "app-config", metadata.name));

const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  sync: {
    secrets: { "dia-there-before/*": "before/*", "dia-made/*": "made/*" },
    configMaps: { "dia-made/*": "made/*" },
  },
};

describe("two stacks with the same shared namespaces, created and destroyed concurrently", function () {
  this.timeout(1_800_000);
  const host = Cluster.host();
  let stacks: Stack[];

  before(async () => {
    addHostNames(names);
    stacks = await Promise.all(names.map((name) => Stack.open(name, { config })));
    for (const stack of stacks) await stack.destroy();
    await host.remove(existing, made);
    await host.apply<V1Namespace>({ ...existing, metadata: { ...existing.metadata, labels: { team: "payments" } } });
  });
  after(async () => {
    for (const stack of stacks) await stack.destroy();
    await host.remove(existing, made);
  });

  it("keep the namespaces and their Secrets at all times, and leave nothing else", async () => {
    const random = seeded("order of up and destroy");
    await stacks[0]?.up();
    for (const secret of secrets) await host.apply<V1Secret>({ ...secret, data: { password: "" } });
    const watch = new Presence(host, [existing, made, ...secrets]);
    await watch.start();
    try {
      for (let round = 1; round <= 4; round++) {
        await Promise.all(
          stacks.map(async (stack) => {
            const operation = random() < 0.5 ? "up" : "destroy";
            const pause = Math.round(random() * 8_000);
            console.log(`      round ${round}: ${operation} of ${stack.name} after ${pause} ms`);
            await delay(pause);
            if (operation === "up") succeeded(await stack.operate("up", ["--skip-preview"]));
            else await stack.destroy();
          }),
        );
      }
      await Promise.all(stacks.map((stack) => stack.destroy()));
    } finally {
      await watch.stop();
    }
    assert.ok(watch.looks > 100, `looked only ${watch.looks} times`);
    assert.deepEqual(watch.missed, []);
    assert.equal((await host.get<V1Namespace>(existing))?.metadata?.labels?.["team"], "payments");

    await host.waitFor(async () => (await leftovers()).length === 0 || Promise.reject(new Error(await text())), {
      what: "nothing to be left of both environments",
      timeoutMs: 90_000,
      namespace: made.metadata.name,
    });
  });

  const text = async () => (await leftovers()).join("\n");

  /** Objects that name one of the environments, volumes for its claims, and what is new in the shared namespaces. */
  async function leftovers(): Promise<string[]> {
    const kept = ["/Secret dia-made/app-config", "/Secret dia-there-before/app-config"];
    const usual = /^\/(ServiceAccount \S+\/default|ConfigMap \S+\/kube-root-ca\.crt|Namespace \S+)$/;
    const objects = [...(await listObjects(host)).keys()];
    const named = objects.filter((line) => /\bdia-[ab]\b/.test(line));
    const shared = objects.filter((line) => / (dia-made|dia-there-before)\//.test(line));
    const volumes = (await host.core.listPersistentVolume()).items.filter((volume: V1PersistentVolume) =>
      names.some((name) => namesOf(name).namespace === volume.spec?.claimRef?.namespace),
    );
    return [
      ...named,
      ...shared.filter((line) => !kept.includes(line) && !usual.test(line)),
      ...volumes.map(({ metadata }) => `PersistentVolume ${metadata?.name ?? ""}`),
    ];
  }
});

/** Looks at objects five times a second: each must be there, the same one, and not on its way out. */
class Presence {
  readonly missed: string[] = [];
  looks = 0;
  private readonly uids = new Map<Reference, string | undefined>();
  private running = true;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: Cluster,
    private readonly objects: readonly Reference[],
  ) {}

  async start(): Promise<void> {
    for (const object of this.objects) this.uids.set(object, (await this.host.get(object))?.metadata?.uid);
    this.loop = this.watch();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async watch(): Promise<void> {
    while (this.running) {
      for (const object of this.objects) {
        const metadata = (await this.host.get(object))?.metadata;
        if (metadata && metadata.uid === this.uids.get(object) && !metadata.deletionTimestamp) continue;
        this.missed.push(`${new Date().toISOString()} ${object.kind} ${object.metadata.name}`);
      }
      this.looks++;
      await delay(200);
    }
  }
}
