import * as assert from "node:assert/strict";

import type { HostState } from "../../../preflight/host-state";
import { volumeMadeAgain } from "../../../preflight/new-volume";
import { type JsonObject, merge } from "../../../shared/json";

const MADE = "2026-11-28T02:00:00Z";
const EARLIER = "2026-11-28T01:00:00Z";
const written = (manager: string, fieldsV1: JsonObject) => ({ metadata: { managedFields: [{ manager, fieldsV1 }] } });
const STATUS = { "f:status": { "f:replicas": {} } };
const SPEC = { "f:spec": { "f:accessModes": {} } };

/** What is there after the claim and its pod were deleted, with changes. */
function state(change: { claim?: JsonObject; statefulSet?: JsonObject; release?: JsonObject } = {}): HostState {
  const claim = {
    ...merge(written("k3s", SPEC), { metadata: { uid: "the-uid", creationTimestamp: MADE } }),
    spec: { accessModes: ["ReadWriteOnce"], volumeName: "pvc-the-uid" },
  };
  const statefulSet = { ...written("k3s", STATUS), status: { replicas: 1 } };
  return {
    volumeClaim: merge(claim, change.claim ?? {}),
    statefulSet: merge(statefulSet, change.statefulSet ?? {}),
    release: { status: "deployed", drift: [], deleting: [], values: {}, recordedAt: EARLIER, ...change.release },
  } as unknown as HostState;
}

describe("volumeMadeAgain", () => {
  it("finds a volume that Kubernetes has made after Helm's last write", () => {
    assert.equal(volumeMadeAgain(state()), MADE);
    assert.equal(volumeMadeAgain(state({ claim: { spec: { volumeName: undefined } } })), MADE);
  });

  it("finds one by another time when it was there, whatever Helm's record has", () => {
    const failed = state({ release: { status: "failed" } });
    assert.equal(volumeMadeAgain(failed, new Date(Date.parse(MADE) - 1000)), MADE);
    assert.equal(volumeMadeAgain(state(), new Date(MADE)), undefined);
  });

  const others: [string, Parameters<typeof state>[0]][] = [
    ["the one that Helm has waited for", { release: { recordedAt: MADE } }],
    ["one of a release that failed: its pod came after that", { release: { status: "failed" } }],
    ["one whose record has no times", { release: { recordedAt: undefined } }],
    ["one beside another database", { release: { values: { controlPlane: { backingStore: {} } } } }],
    ["a retained volume that a new claim has bound", { claim: { spec: { volumeName: "pvc-another" } } }],
    ["one from a snapshot", { claim: { spec: { dataSource: { kind: "VolumeSnapshot", name: "a" } } } }],
    ["one from a backup's populator", { claim: { spec: { dataSourceRef: { kind: "Restore", name: "a" } } } }],
    ["one that `vcluster restore` has made", { claim: written("vcluster", SPEC) }],
    ["one that was made by hand", { claim: written("kubectl-create", SPEC) }],
    ["one whose writers are not recorded", { claim: { metadata: { managedFields: [] } } }],
    [
      "one whose writers are not recorded, nor the StatefulSet's",
      { claim: { metadata: { managedFields: [] } }, statefulSet: { metadata: { managedFields: [] } } },
    ],
  ];
  for (const [title, change] of others) {
    it(`leaves ${title}`, () => {
      assert.equal(volumeMadeAgain(state(change)), undefined);
    });
  }

  it("leaves what is not there", () => {
    assert.equal(volumeMadeAgain({ ...state(), volumeClaim: undefined }), undefined);
    assert.equal(volumeMadeAgain({ ...state(), release: undefined }), undefined);
    assert.equal(volumeMadeAgain({ ...state(), statefulSet: undefined }), undefined);
  });
});
