import assert from "node:assert/strict";
import { Values } from "../values";

const of = (own: Record<string, unknown>, version = "0.26.0") => new Values(own, version, ["values"]);

/** What chart vcluster 0.26.0 sets by itself, copied by hand from its values.yaml. */
const DEFAULTS: [string, unknown][] = [
  ["telemetry.enabled", true],
  ["policies.resourceQuota.enabled", "auto"],
  ["policies.limitRange.enabled", "auto"],
  ["controlPlane.distro.k8s.image.registry", "ghcr.io"],
  ["controlPlane.distro.k8s.image.repository", "loft-sh/kubernetes"],
  ["controlPlane.distro.k8s.image.tag", "v1.32.1"],
  ["controlPlane.distro.k3s.image.registry", ""],
  ["controlPlane.distro.k3s.image.repository", "rancher/k3s"],
  ["controlPlane.distro.k3s.image.tag", "v1.32.1-k3s1"],
  ["controlPlane.backingStore.etcd.deploy.statefulSet.image.registry", "registry.k8s.io"],
  ["controlPlane.backingStore.etcd.deploy.statefulSet.image.repository", "etcd"],
  ["controlPlane.backingStore.etcd.deploy.statefulSet.image.tag", "3.5.21-0"],
  ["controlPlane.statefulSet.image.registry", "ghcr.io"],
  ["controlPlane.statefulSet.image.repository", "loft-sh/vcluster-pro"],
  ["controlPlane.statefulSet.image.tag", ""],
  ["controlPlane.statefulSet.resources.limits.memory", "2Gi"],
  ["controlPlane.statefulSet.resources.limits.ephemeral-storage", "8Gi"],
  ["controlPlane.statefulSet.resources.limits.cpu", undefined],
  ["controlPlane.statefulSet.resources.requests.cpu", "200m"],
  ["controlPlane.statefulSet.resources.requests.memory", "256Mi"],
  ["controlPlane.statefulSet.resources.requests.ephemeral-storage", "400Mi"],
  ["controlPlane.backingStore.etcd.deploy.statefulSet.persistence.volumeClaim.enabled", true],
  ["controlPlane.statefulSet.persistence.volumeClaim.enabled", "auto"],
  ["sync.fromHost.nodes.enabled", undefined],
];

/** What other versions set instead. */
const OTHER_DEFAULTS: [version: string, path: string, value: unknown][] = [
  ["0.30.0", "controlPlane.distro.k8s.image.tag", "v1.34.0"],
  ["0.30.0", "controlPlane.statefulSet.resources.limits.memory", "4Gi"],
  ["0.34.0", "controlPlane.distro.k8s.image.tag", "v1.35.0"],
  ["0.34.0", "controlPlane.distro.k3s.image.tag", undefined],
  ["v0.36.1", "controlPlane.distro.k8s.image.tag", "v1.36.0"],
  ["0.36.1", "controlPlane.backingStore.etcd.deploy.statefulSet.image.tag", "3.6.8-0"],
];

describe("Values", () => {
  for (const [version, path, value] of OTHER_DEFAULTS) {
    it(`reads the default of ${path} in chart ${version}`, () => {
      assert.equal(of({}, version).get(path), value);
    });
  }

  for (const [path, value] of DEFAULTS) {
    it(`reads the chart's default of ${path}`, () => {
      assert.equal(of({}).get(path), value);
    });
  }

  it("prefers the program's value to the chart's, even false", () => {
    assert.equal(of({ telemetry: { enabled: false } }).get("telemetry.enabled"), false);
    assert.equal(of({ telemetry: {} }).get("telemetry.enabled"), true);
  });

  it("removes a default with null, at every depth", () => {
    assert.equal(of({ telemetry: { enabled: null } }).get("telemetry.enabled"), undefined);
    assert.equal(of({ telemetry: null }).get("telemetry.enabled"), undefined);
  });

  it("ends at values that are not objects", () => {
    assert.equal(of({ telemetry: "x" }).get("telemetry.enabled"), undefined);
    assert.equal(of({ telemetry: ["x"] }).get("telemetry.0"), undefined);
  });

  it("reads true and its text as on", () => {
    const on = (enabled: unknown) => of({ a: { enabled } }).isOn("a.enabled");
    assert.deepEqual([true, "true", "auto", false, undefined, 1].map(on), [true, true, false, false, false, false]);
  });

  it("returns the property path of a value", () => {
    assert.equal(new Values({}, "0.26.0", ["spec", "sources", "0", "helm"]).where("a.b"), "spec.sources[0].helm.a.b");
    assert.equal(of({}).isText, false);
  });

  it("returns strings that are not empty", () => {
    const text = (value: unknown) => of({ a: value }).text("a");
    assert.deepEqual(["x", "", 1, undefined].map(text), ["x", undefined, undefined, undefined]);
  });
});
