import * as assert from "node:assert/strict";

import { restoreOwner } from "../../../../components/jobs/owned-objects";
import { type HostClient, HostError, type ObjectMeta } from "../../../../host/client";

const annotations = { mark: "own" };
const owner = (uid: string) => ({ apiVersion: "v1", kind: "Namespace", name: "dev-vcluster", uid });

describe("owner of objects outside of the namespace", () => {
  const restored = async (metadata?: ObjectMeta, refusal?: HostError) => {
    const patches: object[] = [];
    const logged: string[] = [];
    const host: Partial<HostClient> = {
      find: () => Promise.resolve(metadata && ({ metadata } as never)),
      patch: (_, body: object) => {
        if (refusal !== undefined) return Promise.reject(refusal);
        patches.push(body);
        return Promise.resolve({} as never);
      },
    };
    const namespace = { name: "dev-vcluster", uid: "the-uid" };
    const owned = { paths: ["/path"], annotations };
    await restoreOwner(host as HostClient, namespace, owned, (line) => void logged.push(line));
    return { patches, logged };
  };

  it("is given back where it was removed, as long as the object is as it was seen", async () => {
    const { patches, logged } = await restored({ annotations, resourceVersion: "7" });
    assert.deepEqual(patches, [{ metadata: { resourceVersion: "7", ownerReferences: [owner("the-uid")] } }]);
    assert.deepEqual(logged, []);
  });

  it("is left where it is there, or the object is not", async () => {
    for (const metadata of [undefined, { ownerReferences: [owner("the-uid")] }]) {
      assert.deepEqual(await restored(metadata), { patches: [], logged: [] });
    }
  });

  it("is not made of an object of others, which is said", async () => {
    for (const metadata of [
      {},
      { annotations: { mark: "other" } },
      { annotations, ownerReferences: [owner("other")] },
    ]) {
      const { patches, logged } = await restored(metadata);
      assert.deepEqual(patches, []);
      assert.match(logged.join(), /^\/path has the name .* it is left\.$/);
    }
  });

  it("stops no destroy where the host refuses it", async () => {
    const { logged } = await restored({ annotations }, new HostError("not allowed", 403));
    assert.match(logged.join(), /^\/path may be left: not allowed\nFix: delete it by hand\. \[owner-not-restored\]$/);
  });
});
