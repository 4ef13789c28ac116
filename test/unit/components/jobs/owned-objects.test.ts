import * as assert from "node:assert/strict";

import { restoreOwner } from "../../../../components/jobs/owned-objects";
import { type HostClient, HostError, type ObjectMeta } from "../../../../host/client";

const annotations = { mark: "own" };
const owner = (uid: string) => ({ apiVersion: "v1", kind: "Namespace", name: "dev-vcluster", uid });

describe("owner of objects outside of the namespace", () => {
  /** @param refusals of the requests to change it, one after the other */
  const restored = async (metadata?: ObjectMeta, refusals: HostError[] = [], force = false) => {
    const patches: object[] = [];
    const logged: string[] = [];
    const host: Partial<HostClient> = {
      find: () => Promise.resolve(metadata && ({ metadata } as never)),
      patch: (_, body: object) => {
        const refusal = refusals.shift();
        if (refusal !== undefined) return Promise.reject(refusal);
        patches.push(body);
        return Promise.resolve({} as never);
      },
    };
    const namespace = { name: "dev-vcluster", uid: "the-uid" };
    const owned = { paths: ["/path"], annotations };
    await restoreOwner(host as HostClient, namespace, owned, force, (line) => void logged.push(line));
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

  const LEFT = /^\/path may be left: not allowed\nFix: delete it by hand\. \[owner-not-restored\]$/;

  it("stops no destroy where the account may not change it", async () => {
    const { logged } = await restored({ annotations }, [new HostError("not allowed", 403)]);
    assert.match(logged.join(), LEFT);
  });

  it("is given back once more after a concurrent change, and not to what was deleted meanwhile", async () => {
    const { patches } = await restored({ annotations }, [new HostError("changed", 409)]);
    assert.equal(patches.length, 1);
    assert.deepEqual(await restored({ annotations }, [new HostError("not found", 404)]), { patches: [], logged: [] });
  });

  it("stops the destroy where the host is slow or faulty, unless it is forced", async () => {
    for (const status of [undefined, 422, 429, 500]) {
      const refusal = new HostError("not allowed", status);
      await assert.rejects(restored({ annotations }, [refusal]), {
        code: "owner-not-restored",
        message: /^\/path may be left: not allowed\nThe namespace "dev-vcluster" was not .*\nFix: .*FORCE_DESTROY=true/,
      });
      assert.match((await restored({ annotations }, [refusal], true)).logged.join(), LEFT);
    }
    const busy = [new HostError("changed", 409), new HostError("changed again", 409)];
    await assert.rejects(restored({ annotations }, busy), /\/path may be left: changed again/);
  });
});
