import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Node } from "@kubernetes/client-node";

import { Cluster } from "../../testing/cluster";
import { destroy, environment } from "../support/environments";
import { killKubeProxy } from "../support/kube-proxy";
import { keepResult } from "../support/results";
import { servicePorts, unreachable } from "../support/services";

/** How old the host is to become, in hours: three full syncs of kube-proxy, and three times the life of a pod's token. */
const HOURS = Number(process.env["AGE_HOURS"] ?? "3");
const PAUSE_MS = 4 * 60_000;

describe("host that runs for hours", function () {
  this.timeout((HOURS + 1) * 3_600_000);
  const host = Cluster.host();
  const rows: string[] = [];
  const config = { controlPlane: { requests: { cpu: "100m", memory: "256Mi" } } };

  after(async () => {
    await destroy("age-goes");
    await destroy("age-stays");
    keepResult("age", { title: "A host that grows old", text: rows.join("\n"), data: rows });
  });

  const ageMinutes = async () => {
    const [node] = (await host.core.listNode()).items as [V1Node];
    return (Date.now() - (node.metadata?.creationTimestamp?.getTime() ?? NaN)) / 60_000;
  };
  const note = async (text: string) => {
    rows.push(`${(await ageMinutes()).toFixed(0).padStart(4)} min  ${text}`);
    console.log(`      ${rows.at(-1) ?? ""}`);
  };
  /** One environment that comes, answers and goes, beside one that stays. */
  const round = async () => {
    const started = Date.now();
    const { cluster } = await environment("age-goes", config);
    const up = (Date.now() - started) / 1000;
    assert.ok((await cluster.core.listNamespace()).items.length > 0);
    await destroy("age-goes");
    return up;
  };

  it("creates an environment and serves another while kube-proxy is killed five times", async () => {
    const stays = await environment("age-stays", config);
    const failures: string[] = [];
    let requests = 0;
    const client = setInterval(() => {
      requests++;
      stays.cluster.core.listNamespace().catch((error: unknown) => failures.push(String(error)));
    }, 200);
    let rounds = 0;
    try {
      const kills = [1, 2, 3, 4, 5].reduce((before) => before.then(killKubeProxy), Promise.resolve());
      const killing = kills.then(() => false);
      do {
        await round();
        rounds++;
      } while (await Promise.race([killing, Promise.resolve(true)]));
    } finally {
      clearInterval(client);
    }
    await note(
      `kube-proxy killed 5 times: ${rounds} environments came and went, ${requests} requests to another one, ` +
        `${failures.length} failed`,
    );
    assert.deepEqual(failures, []);
  });

  it(`serves everything for ${HOURS} hours, while environments are created and destroyed`, async () => {
    do {
      await delay(PAUSE_MS);
      const up = await round();
      const dead = (await unreachable(await servicePorts(host))).filter((line) => !line.includes(":7000)"));
      await note(`environment up in ${up.toFixed(0)} s; Services that do not answer: ${dead.length}`);
      assert.deepEqual(dead, []);
    } while ((await ageMinutes()) < HOURS * 60);
  });
});
