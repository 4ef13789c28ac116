import * as assert from "node:assert/strict";

import { Environment } from "../../../components";
import { settings } from "../../../components/config/defaults";
import { keepingSize, repairing, type Repairs } from "../../../preflight/repair";
import { getPath } from "../../../shared/json";
import { outputs } from "../../support/control-plane";
import { record } from "../../support/mocks";

const NOW = new Date("2026-01-02T03:04:05Z");

/** What an environment registers with these repairs, by name. */
async function registered(repairs: Repairs) {
  const transformations = [repairing("dev", repairs, NOW)];
  const { registrations } = await record(() => new Environment("dev", { domain: "example.org" }, { transformations }), {
    outputs,
  });
  return new Map(registrations.filter(({ type }) => /Release|Command/.test(type)).map((one) => [one.name, one]));
}

describe("repairing", () => {
  const targets: [keyof Repairs, string, string][] = [
    ["release", "dev-vcluster", "description"],
    ["readiness", "dev-readiness", "environment"],
    ["credential", "dev-argocd-token", "environment"],
    ["credential", "dev-argocd-readiness", "environment"],
  ];
  for (const [key, name, property] of targets) {
    it(`gives ${name} another ${property} for a reason of ${key}, and leaves it alone without one`, async () => {
      const repaired = (await registered({ [key]: "a reason" })).get(name);
      const given = JSON.stringify(repaired?.inputs[property]);
      assert.match(given, /repair at 2026-01-02T03:04:05\.000Z: a reason/);
      assert.deepEqual(repaired?.ignoreChanges, []);
      const healthy = (await registered({})).get(name);
      assert.equal(healthy?.inputs[property], undefined);
      assert.deepEqual(healthy?.ignoreChanges, [property]);
    });
  }

  it("touches nothing else", async () => {
    const [plain, all] = [await registered({}), await registered({ release: "a", readiness: "b", credential: "c" })];
    const others = [...plain.keys()].filter((name) => !targets.some((target) => target[1] === name));
    assert.ok(others.length > 0);
    for (const name of others) assert.deepEqual(all.get(name), plain.get(name), name);
  });
});

describe("keepingSize", () => {
  const size = "controlPlane.statefulSet.persistence.volumeClaim.size";
  for (const [delivery, path] of [
    ["helm", `values.${size}`],
    ["argocd", `spec.source.helm.valuesObject.${size}`],
  ] as const) {
    it(`leaves the size of the volume as it is, with delivery: ${delivery}`, async () => {
      const args = { domain: "example.org", delivery };
      const transformations = [keepingSize(settings("dev", args))];
      const { registrations } = await record(() => new Environment("dev", args, { transformations }), { outputs });
      const kept = registrations.filter(({ ignoreChanges }) => ignoreChanges.some((one) => one.endsWith(size)));
      assert.deepEqual(
        kept.map(({ name, ignoreChanges }) => [name, ignoreChanges]),
        [["dev-vcluster", [path]]],
      );
      const inputs = kept[0]?.inputs as never;
      assert.equal(getPath(inputs, path), "5Gi", "the path is that of the size");
    });
  }

  it("leaves the size of etcd's volumes as well", async () => {
    const args = { domain: "example.org", controlPlane: { replicas: 3 } };
    const transformations = [keepingSize(settings("dev", args))];
    const { registrations } = await record(() => new Environment("dev", args, { transformations }), { outputs });
    const release = registrations.find(({ name }) => name === "dev-vcluster");
    const paths = [size, "controlPlane.backingStore.etcd.deploy.statefulSet.persistence.volumeClaim.size"];
    assert.deepEqual(
      release?.ignoreChanges,
      paths.map((path) => `values.${path}`),
    );
    for (const path of release.ignoreChanges) assert.equal(getPath(release.inputs as never, path), "5Gi", path);
  });
});
