import * as assert from "node:assert/strict";

import { Environment } from "../../../../components";
import { resolve } from "../../../../components/resolve";
import { withGrowingVolume } from "../../../../components/vcluster/volume";
import { getPath } from "../../../../shared/json";
import { outputs } from "../../../support/control-plane";
import { record } from "../../../support/mocks";

const SIZE = "controlPlane.statefulSet.persistence.volumeClaim.size";
const PATCH = "kubernetes:core/v1:PersistentVolumeClaimPatch";

const made = async (templateSize?: string, replicas = 1) => {
  const env = resolve("dev", { domain: "example.org", persistence: { size: "10Gi" }, controlPlane: { replicas } });
  const declared = templateSize === undefined ? env : withGrowingVolume(env, templateSize);
  const { registrations } = await record(() => new Environment("dev", declared), { outputs });
  const release = registrations.find(({ name }) => name === "dev-vcluster")?.inputs["values"] as object;
  return { release, patches: registrations.filter(({ type }) => type === PATCH) };
};

describe("volume of the control plane", () => {
  it("grows by its claim alone: the chart's values stay, and with them the pod", async () => {
    const { release, patches } = await made("5Gi");
    assert.equal(getPath(release as never, SIZE), "5Gi");
    const [patch, ...more] = patches;
    assert.deepEqual(more, []);
    const { metadata, spec } = patch?.inputs as { metadata: Record<string, unknown>; spec: unknown };
    assert.equal(metadata["name"], "data-vcluster-dev-helm-0");
    assert.equal(metadata["namespace"], "dev-vcluster");
    // Without it the provider waits for a claim that is not bound.
    assert.equal((metadata["annotations"] as Record<string, string>)["pulumi.com/skipAwait"], "true");
    assert.deepEqual(spec, { resources: { requests: { storage: "10Gi" } } });
    assert.equal(patch?.retainOnDelete, true);
  });

  it("grows with those of etcd where there are several replicas", async () => {
    const { release, patches } = await made("5Gi", 3);
    const inEtcd = SIZE.replace("statefulSet", "backingStore.etcd.deploy.statefulSet");
    for (const path of [SIZE, inEtcd]) assert.equal(getPath(release as never, path), "5Gi", path);
    const claims = patches.map(({ inputs }) => (inputs["metadata"] as { name: string }).name);
    assert.deepEqual(
      claims.sort(),
      ["0", "1", "2", "etcd-0", "etcd-1", "etcd-2"].map((suffix) => `data-vcluster-dev-helm-${suffix}`),
    );
    assert.equal(new Set(patches.map(({ name }) => name)).size, 6);
    assert.ok(
      patches.some(({ name }) => name === "dev-volume"),
      "the name that one replica has had",
    );
  });

  it("has the size of the chart where it has not grown", async () => {
    const { release, patches } = await made();
    assert.equal(getPath(release as never, SIZE), "10Gi");
    assert.deepEqual(patches, []);
  });
});
