import * as assert from "node:assert/strict";

import { clearReleases } from "../../../cli/interrupted-runs";
import type { State } from "../../../cli/state";
import { ownNamespaces } from "../../../cli/own-host";
import type { HostClient, KubernetesObject } from "../../../host/client";

const STACK = "vcluster-environments/stack";
const IDENTITY = "vcluster-environments/identity";
const OWN = "organization/vcluster-environments/dev";
const PATH = "/api/v1/namespaces/dev-vcluster";
const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

const identity = (result: string, host?: string) => ({
  type: "random:index/randomString:RandomString",
  outputs: { result, keepers: host === undefined ? {} : { host } },
});
const namespace = (annotations: Record<string, string>, uid = "uid") => ({
  type: "kubernetes:core/v1:Namespace",
  id: "dev-vcluster",
  inputs: { metadata: { annotations } },
  outputs: { metadata: { uid } },
});
const release = {
  type: "kubernetes:helm.sh/v3:Release",
  inputs: { name: "vcluster-dev-helm", namespace: "dev-vcluster" },
};
const state = (...resources: object[]) => ({ deployment: { resources } }) as State;
const live = (annotations: Record<string, string>, uid = "uid") => ({ metadata: { uid, annotations } });

describe("own namespaces of a state", () => {
  const marks = { [STACK]: OWN, [IDENTITY]: "own" };
  const find = (objects: Record<string, KubernetesObject>, kubeSystem = "here") => ({
    find: <T>(path: string) =>
      Promise.resolve({ [KUBE_SYSTEM]: { metadata: { uid: kubeSystem } }, ...objects }[path] as T),
  });
  const own = (before: State, objects: Record<string, KubernetesObject>, kubeSystem?: string) =>
    ownNamespaces(find(objects, kubeSystem), "dev", before);

  it("are those with its identity, or without one its uid", async () => {
    const current = state(identity("own", "here"), namespace(marks));
    assert.deepEqual(await own(current, { [PATH]: live(marks, "of a restored host") }), ["dev-vcluster"]);
    // Killed between the identity's first write and the state's.
    const first = state(identity("own", "here"), namespace({ [STACK]: OWN }));
    assert.deepEqual(await own(first, { [PATH]: live(marks) }), ["dev-vcluster"]);
    const old = state(namespace({ [STACK]: OWN }));
    assert.deepEqual(await own(old, { [PATH]: live({ [STACK]: OWN }) }), ["dev-vcluster"]);
  });

  it("are none that is missing, or was made again by hand, and none that it copies from", async () => {
    const current = state(identity("own", "here"), namespace(marks));
    assert.deepEqual(await own(current, {}), []);
    assert.deepEqual(await own(current, { [PATH]: live({}, "another") }), []);
    const shared = {
      ...namespace({}),
      inputs: { metadata: { labels: { "vcluster-environments/shared-namespace": "true" } } },
    };
    assert.deepEqual(await own(state(shared), { [PATH]: live({ [IDENTITY]: "another" }) }), []);
    assert.deepEqual(await own(state({ type: "pulumi:pulumi:Stack" }), { [KUBE_SYSTEM]: live({}) }), []);
  });

  it("refuse another host, and a namespace of the same name that is another's", async () => {
    const current = state(identity("own", "here"), namespace(marks));
    await assert.rejects(own(current, { [PATH]: live(marks) }, "there"), /\[other-host\]/);
    const unknown = state(identity("own"), namespace(marks));
    await assert.rejects(own(unknown, { [PATH]: live({ ...marks, [IDENTITY]: "another" }) }), /\[namespace-in-use\]/);
    const old = state(namespace({ [STACK]: OWN }));
    await assert.rejects(own(old, { [PATH]: live({ ...marks, [IDENTITY]: "another" }) }), /\[namespace-in-use\]/);
    await assert.rejects(own(old, { [PATH]: live({ [STACK]: "organization/other/dev" }) }), /\[namespace-in-use\]/);
  });

  it("are the only ones where `make recover` clears Helm's records", async () => {
    const removed: string[] = [];
    const record = {
      metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v2", labels: { status: "pending-upgrade" } },
    };
    const clear = async (found: KubernetesObject, resources: object[]) => {
      const host = {
        ...find({ [PATH]: found }),
        list: () => Promise.resolve([record]),
        remove: (path: string) => Promise.resolve(void removed.push(path)),
      } as unknown as HostClient;
      await clearReleases(host, "dev", state(...resources, release));
    };
    const theirs = live({ ...marks, [IDENTITY]: "another" });
    await assert.rejects(clear(theirs, [identity("own"), namespace(marks)]), /\[namespace-in-use\]/);
    await assert.rejects(clear(live(marks), [identity("own", "there"), namespace(marks)]), /\[other-host\]/);
    await clear(live({}, "another"), [identity("own", "here"), namespace(marks)]);
    assert.deepEqual(removed, []);
    await clear(live(marks), [identity("own", "here"), namespace(marks)]);
    assert.deepEqual(removed, [`${PATH}/secrets/sh.helm.release.v1.vcluster-dev-helm.v2`]);
  });
});
