import * as assert from "node:assert/strict";

import { releasesOf } from "../../../cli/interrupted-runs";

const release = (name: string, namespace: string) => ({
  type: "kubernetes:helm.sh/v3:Release",
  inputs: { name, namespace, values: {} },
});

describe("releasesOf", () => {
  it("returns none for a new stack", () => {
    assert.deepEqual(releasesOf({}), []);
    assert.deepEqual(releasesOf({ deployment: {} }), []);
  });

  it("returns existing and pending releases once each, whatever their names", () => {
    const deployment = {
      resources: [
        { type: "pulumi:pulumi:Stack" },
        release("vcluster-pr-1-helm", "pr-1-vcluster"),
        { type: "kubernetes:core/v1:Secret", inputs: { metadata: { name: "vcluster-dev-helm" } } },
      ],
      pending_operations: [
        { resource: release("vcluster-pr-1-helm", "pr-1-vcluster") },
        { resource: release("vcluster-pr-2-helm", "pr-2-vcluster") },
      ],
    };
    assert.deepEqual(releasesOf({ deployment }), [
      { name: "vcluster-pr-1-helm", namespace: "pr-1-vcluster" },
      { name: "vcluster-pr-2-helm", namespace: "pr-2-vcluster" },
    ]);
  });
});
