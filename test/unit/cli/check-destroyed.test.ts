import * as assert from "node:assert/strict";

import { checkDestroyed, resourcesIn } from "../../../cli/check-destroyed";
import type { Resource } from "../../../cli/state";
import { type HostClient, HostError, type ObjectMeta } from "../../../host/client";

const IDENTITY = {
  urn: "urn:pulumi:dev::vcluster-environments::random:index/randomString:RandomString::identity",
  type: "random:index/randomString:RandomString",
  outputs: { result: "own" },
};
const GUARD = {
  urn: "urn:pulumi:dev::vcluster-environments::command:local:Command::guard",
  type: "command:local:Command",
};
const NAMESPACE = { type: "kubernetes:core/v1:Namespace", id: "dev-vcluster" };

describe("check of a destroy", () => {
  const marked = (identity: string, stack = "organization/vcluster-environments/dev", more: ObjectMeta = {}) => ({
    metadata: {
      name: "dev-vcluster",
      labels: { "vcluster-environments/environment": "dev" },
      annotations: { "vcluster-environments/identity": identity, "vcluster-environments/stack": stack },
      ...more,
    },
  });
  const logged: string[] = [];
  const check = (resources: Resource[], found: () => object[], retain = false) => {
    const host = { server: "https://host", list: () => Promise.resolve().then(found) } as unknown as HostClient;
    const target = { stack: "dev", environment: "dev" };
    return checkDestroyed(host, target, resources, retain, (line) => void logged.push(line));
  };

  it("fails where the namespace with the identity of the state is still there", async () => {
    for (const resources of [
      [IDENTITY, GUARD],
      [IDENTITY, NAMESPACE],
    ]) {
      await assert.rejects(
        check(resources, () => [marked("own")]),
        {
          code: "not-destroyed",
          message:
            /^Pulumi has nothing left .* namespace dev-vcluster of the stack dev is still at https:\/\/host, [^]*Fix: .*`pulumi stack import --stack dev`.*`kubectl delete namespace dev-vcluster`/,
        },
      );
    }
  });

  it("knows it by the stack's name where a run before has dropped the identity, and says so", async () => {
    await assert.rejects(
      check([GUARD], () => [marked("own")]),
      /known by the stack's name only/,
    );
    await check([GUARD], () => [marked("own", "organization/vcluster-environments/staging")]);
  });

  it("passes where it is gone, another's, being deleted or retained", async () => {
    await check([IDENTITY, NAMESPACE], () => []);
    await check([IDENTITY, NAMESPACE], () => [marked("another")]);
    await check([IDENTITY], () => [marked("own", undefined, { deletionTimestamp: "2026-11-28T00:00:00Z" })]);
    await check([IDENTITY, { ...NAMESPACE, retainOnDelete: true }], () => [marked("own")]);
    await check([IDENTITY], () => [marked("own")], true);
  });

  it("says that it could not look where namespaces cannot be listed", async () => {
    await check([IDENTITY], () => {
      throw new HostError("not allowed", 403);
    });
    assert.deepEqual(logged, ["Whether the environment's namespace is gone was not checked: not allowed"]);
  });

  it("has nothing to look for where the state was empty", () => {
    assert.deepEqual(resourcesIn({ deployment: { resources: [{ type: "pulumi:pulumi:Stack" }, GUARD] } }), [GUARD]);
    assert.deepEqual(resourcesIn({}), []);
  });
});
