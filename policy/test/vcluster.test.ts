import assert from "node:assert/strict";
import { readableVclusters, vclustersIn } from "../vcluster";
import { application, release } from "./fixtures";
import type { TestResource } from "./harness";

const found = (resource: TestResource) => vclustersIn({ ...resource, urn: "urn" });

describe("vclustersIn", () => {
  for (const chart of [
    "vcluster",
    "charts/vcluster",
    "./vcluster/",
    "/srv/charts/vcluster",
    "oci://ghcr.io/loft-sh/charts/vcluster",
    "vcluster-0.26.0.tgz",
    "https://charts.example.com/vcluster-v0.26.0.tgz",
  ]) {
    it(`recognizes the chart ${chart}`, () => {
      assert.equal(found(release({}, { chart })).length, 1);
    });
  }
  for (const chart of [
    "",
    "nginx",
    "vcluster-eks",
    "my-vcluster",
    "vcluster/other",
    "vcluster-x.tgz",
    "vcluster-0.26.0",
  ]) {
    it(`ignores the chart ${JSON.stringify(chart)}`, () => {
      assert.equal(found(release({}, { chart })).length, 0);
    });
  }

  const versions: [string, boolean][] = [
    ["vcluster", false],
    ["oci://ghcr.io/loft-sh/charts/vcluster", false],
    ["charts/vcluster", false],
    ["./vcluster", true],
    ["../vcluster", true],
    ["/srv/vcluster", true],
    ["~/vcluster", true],
    ["charts/vcluster-0.26.0.tgz", true],
    ["oci://x/vcluster-0.26.0.tgz", false],
  ];
  for (const [chart, versionedByPath] of versions) {
    it(`reads the version of ${chart} from ${versionedByPath ? "its path" : "the program"}`, () => {
      assert.equal(found(release({}, { chart }))[0]?.chart.versionedByPath, versionedByPath);
    });
  }

  it("describes a release", () => {
    const [vcluster] = found(release());
    assert.ok(vcluster);
    const { values, ...rest } = vcluster;
    assert.deepEqual(rest, {
      release: "vcluster-dev-helm",
      namespace: "dev-vcluster",
      namespacePath: "namespace",
      chart: { reference: "vcluster", version: "0.26.0", versionPath: "version", versionedByPath: false },
      unreadable: [],
    });
    assert.equal(values.where("a.b"), "values.a.b");
    assert.equal(values.isText, false);
  });

  it("uses Pulumi's name for a release without a name", () => {
    assert.equal(found(release({}, { name: undefined }))[0]?.release, "vcluster");
  });

  it("describes an Application", () => {
    const [vcluster, ...others] = found(application());
    assert.ok(vcluster && others.length === 0);
    const { values, ...rest } = vcluster;
    assert.deepEqual(rest, {
      release: "vcluster-dev-helm",
      namespace: "dev-vcluster",
      namespacePath: "spec.destination.namespace",
      chart: {
        reference: "vcluster",
        version: "0.26.0",
        versionPath: "spec.source.targetRevision",
        versionedByPath: false,
      },
      unreadable: [],
    });
    assert.equal(values.where("a"), "spec.source.helm.valuesObject.a");
  });

  it("uses the Application's name without helm.releaseName", () => {
    assert.equal(found(application({}, { helm: {} }))[0]?.release, "vcluster-dev");
  });

  it("reads every source of an Application", () => {
    const sources = [
      { chart: "nginx" },
      { chart: "vcluster" },
      "x",
      { path: "charts/vcluster", repoURL: "https://git" },
    ];
    const [first, second, ...others] = found(application({}, {}, { source: undefined, sources }));
    assert.equal(first?.values.where("a"), "spec.sources[1].helm.valuesObject.a");
    assert.equal(second?.chart.versionPath, "spec.sources[3].targetRevision");
    assert.equal(second.chart.versionedByPath, true);
    assert.equal(others.length, 0);
  });

  it("recognizes a chart by its OCI address, with any path", () => {
    const source = { chart: undefined, repoURL: "oci://ghcr.io/loft-sh/charts/vcluster", path: "." };
    const [vcluster] = found(application({}, source));
    assert.equal(vcluster?.chart.reference, source.repoURL);
    assert.equal(vcluster.chart.versionedByPath, false);
  });

  it("reads JSON text, and prefers valuesObject", () => {
    const helm = { values: '{"a":1}' };
    assert.equal(found(application({}, { helm }))[0]?.values.get("a"), 1);
    assert.equal(found(application({}, { helm }))[0]?.values.isText, true);
    assert.equal(found(application({}, { helm }))[0]?.values.where("a"), "spec.source.helm.values.a");
    const both = found(application({}, { helm: { values: "a: [", valuesObject: { a: 2 } } }))[0];
    assert.equal(both?.values.get("a"), 2);
    assert.deepEqual(both.unreadable, []);
    assert.equal(both.values.isText, false);
  });

  it("merges parameters over values", () => {
    const helm = { valuesObject: { a: 1, b: 1 }, parameters: [{ name: "b", value: "2" }] };
    const [vcluster] = found(application({}, { helm }));
    assert.deepEqual([vcluster?.values.get("a"), vcluster?.values.get("b")], [1, 2]);
  });

  it("lists values that it cannot read", () => {
    assert.deepEqual(found(release({}, { valueYamlFiles: ["x"] }))[0]?.unreadable, ["valueYamlFiles"]);
    const helm = { values: "a: 1", valueFiles: ["x"], fileParameters: ["x"] };
    assert.deepEqual(found(application({}, { helm }))[0]?.unreadable, [
      "spec.source.helm.values",
      "spec.source.helm.valueFiles",
      "spec.source.helm.fileParameters",
    ]);
  });

  it("leaves out of readableVclusters what it cannot read", () => {
    const readable = (resource: TestResource) => readableVclusters({ ...resource, urn: "urn" }).length;
    assert.deepEqual([release(), release({}, { valueYamlFiles: ["x"] })].map(readable), [1, 0]);
  });
});
