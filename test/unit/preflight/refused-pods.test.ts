import * as assert from "node:assert/strict";

import { type HostClient, HostError } from "../../../host/client";
import { refusedPods } from "../../../preflight/refused-pods";
import type { JsonObject } from "../../../shared/json";

describe("pods of the control plane that the host refuses", () => {
  const names = { namespace: "dev-vcluster", release: "vcluster-dev-helm" };
  const asked: string[] = [];
  const host = (events: JsonObject[] | HostError) => {
    const api: Partial<HostClient> = {
      list: (path: string) => {
        asked.push(decodeURIComponent(path));
        return events instanceof HostError ? Promise.reject(events) : Promise.resolve(events as never[]);
      },
    };
    return api as HostClient;
  };
  const set = (replicas: number | undefined) => ({ spec: { replicas: 1 }, status: { replicas } });
  const event = (message: string, time: string) => ({ message, lastTimestamp: `2026-11-28T${time}:00:00Z` });
  const by = (quota: string) => `pods "x" is forbidden: exceeded quota: ${quota}, requested: pods=1, used: pods=0`;

  beforeEach(() => {
    asked.length = 0;
  });

  it("are named with the last reason, and the quota of others that can be deleted", async () => {
    const said = await refusedPods(host([event(by("other"), "02"), event("before", "01")]), names, set(undefined));
    assert.deepEqual(said, [
      `The host refuses pods of the control plane, and an update waits for them: ${by("other")} (event of 2026-11-28T02:00:00Z). Fix: ` +
        "if the quota is not meant for this namespace, `kubectl -n dev-vcluster delete resourcequota other`; otherwise raise it.",
    ]);
    assert.deepEqual(asked, [
      "/api/v1/namespaces/dev-vcluster/events?fieldSelector=involvedObject.kind=StatefulSet,involvedObject.name=vcluster-dev-helm,reason=FailedCreate",
    ]);
  });

  it("are named without a command where the environment's own quota refuses them, or a webhook", async () => {
    for (const reason of [by("vcluster-dev-helm-workloads"), 'admission webhook "x" denied the request']) {
      const [said = "", ...more] = await refusedPods(host([event(reason, "01")]), names, set(0));
      assert.deepEqual(more, []);
      assert.ok(said.includes(reason) && !said.includes("Fix"), said);
    }
  });

  it("are none where the pods are there, without a StatefulSet, and without events or permission", async () => {
    const refused = host([event(by("other"), "01")]);
    assert.deepEqual(await refusedPods(refused, names, set(1)), []);
    assert.deepEqual(await refusedPods(refused, names, undefined), []);
    assert.deepEqual(asked, []);
    assert.deepEqual(await refusedPods(host([]), names, set(0)), []);
    assert.deepEqual(await refusedPods(host(new HostError("events is forbidden", 403)), names, set(0)), []);
  });
});
