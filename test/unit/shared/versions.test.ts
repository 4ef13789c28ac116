import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { load } from "js-yaml";

import { settings } from "../../../components/config/defaults";
import { checkArgs } from "../../../components/validate";
import { chartValues } from "../../../components/vcluster/values";
import { getPath, type JsonObject, nest } from "../../../shared/json";
import {
  CHART_VALUES,
  CHART_VERSIONS,
  chartOf,
  corednsTag,
  EARLIER_ENDS,
  hasValue,
  isAtLeast,
  knownChart,
  minorOf,
  missingValues,
  proValues,
  renewsCertificates,
  TESTED_VERSION,
  unknownChart,
  virtualKubernetes,
} from "../../../shared/vcluster/versions";

const { GOMODCACHE, GOPATH = path.join(os.homedir(), "go") } = process.env;
const modules = GOMODCACHE ?? path.join(GOPATH, "pkg/mod");
const releases = [...new Set(CHART_VERSIONS.map(({ contents }) => contents.release))];
const chartDir = (release: string) => path.join(modules, "github.com/loft-sh", `vcluster@v${release}`, "chart");

interface Definition {
  $ref?: string;
  properties?: Record<string, Definition>;
}

/** Dotted paths of all values in a chart's schema. */
function pathsOf(chart: string): Set<string> {
  const schema = JSON.parse(fs.readFileSync(path.join(chart, "values.schema.json"), "utf8")) as Definition & {
    $defs: Record<string, Definition>;
  };
  const paths = new Set<string>();
  const walk = (node: Definition, at: string[], seen: string[]): void => {
    const name = node.$ref?.split("/").at(-1);
    if (name !== undefined) {
      if (!seen.includes(name)) walk(schema.$defs[name] ?? {}, at, [...seen, name]);
      return;
    }
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      paths.add([...at, key].join("."));
      walk(child, [...at, key], seen);
    }
  };
  walk(schema, [], []);
  return paths;
}

describe("versions of the chart", () => {
  it("have a table in order, without gaps and with the tested one", () => {
    const numbers = CHART_VERSIONS.map(({ minor }) => Number(/^0\.(\d+)$/.exec(minor)?.[1]));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
    );
    const ends = CHART_VERSIONS.map(({ endOfLife }) => endOfLife);
    assert.deepEqual(ends, [...ends].sort());
    for (const end of [...ends, ...Object.values(EARLIER_ENDS)]) assert.match(end, /^\d{4}-\d\d-\d\d$/);
    assert.ok(knownChart(TESTED_VERSION));
    for (const { minor, latest } of CHART_VERSIONS) assert.equal(minorOf(latest), minor);
  });

  it("are compared by their numbers", () => {
    const pairs: [string, string, boolean][] = [
      ["0.30", "0.30", true],
      ["0.30", "0.4", true],
      ["0.4", "0.30", false],
      ["1.0", "0.30", true],
      ["0.30", "1.0", false],
    ];
    for (const [one, other, expected] of pairs) assert.equal(isAtLeast(one, other), expected, `${one} ${other}`);
  });

  it("are treated as their neighbours where the table does not have them, which is said", () => {
    const minors = ["0.26.5", "v0.30.0-rc.1", "0.99.0", "1.0.0", "0.9.0"].map((version) => chartOf(version).minor);
    assert.deepEqual(minors, ["0.26", "0.30", "0.37", "0.37", "0.26"]);
    assert.equal(unknownChart("0.36.1"), undefined);
    assert.match(
      unknownChart("0.99.0") ?? "",
      /0\.99 is not among the known ones \(0\.26 to 0\.37\).* as those of 0\.37$/,
    );
    assert.match(unknownChart("0.25.0") ?? "", / as those of 0\.26$/);
  });

  it("decide which Kubernetes and CoreDNS the virtual cluster has", () => {
    assert.equal(virtualKubernetes("0.36.1", undefined), "1.36");
    assert.equal(virtualKubernetes("0.36.1", "v1.34.4"), "1.34");
    assert.equal(corednsTag("0.26.0", "1.34"), "1.11.3");
    assert.equal(corednsTag("0.36.1", "1.34"), "1.12.1");
    assert.equal(corednsTag("0.36.1", "1.36"), "1.14.2");
  });

  it("renew their certificates from a release on", () => {
    const versions = ["0.26.5", "0.30.0", "0.31.2", "0.31.3", "0.32.3", "0.34.0", "0.37.0", "0.99.0", undefined];
    assert.deepEqual(versions.filter(renewsCertificates), ["0.31.3", "0.34.0", "0.37.0", "0.99.0"]);
  });

  it("have paid values of their own", () => {
    const get = (tree: JsonObject) => (at: string) => getPath(tree, at);
    assert.deepEqual(proValues("0.31.0", get({ sleep: {}, sleepMode: { enabled: true } })), ["sleepMode.enabled"]);
    assert.deepEqual(proValues("0.32.0", get({ sleep: {}, sleepMode: { enabled: true } })), ["sleep"]);
  });

  // Unit tests need nothing but Node.js: releases are compared where Go's cache has them (CONTRIBUTING.md).
  for (const release of releases.filter((one) => fs.existsSync(chartDir(one)))) {
    const chart = chartDir(release);
    const { minor, contents } = chartOf(release);

    it(`${release} has the values that the table says`, () => {
      const paths = pathsOf(chart);
      const template = path.join(chart, "templates/_validate.tpl");
      const text = fs.existsSync(template) ? fs.readFileSync(template, "utf8") : "";
      const refused = [...text.matchAll(/fail "(\S+) was removed/g)].map(([, at]) => at);
      const exists = (at: string) => paths.has(at) && !refused.includes(at);
      const names = Object.keys(CHART_VALUES);
      assert.deepEqual(
        names.filter((at) => hasValue(release, at)),
        names.filter(exists),
      );
      assert.deepEqual(
        missingValues(release, (at) => refused.includes(at) || undefined)
          .map(({ path: at }) => at)
          .sort(),
        refused.sort(),
      );
    });

    it(`${release} has the defaults and images that the table says`, () => {
      const values = load(fs.readFileSync(path.join(chart, "values.yaml"), "utf8")) as JsonObject;
      const get = (at: string) => getPath(values, at);
      const image = get("sync.toHost.pods.rewriteHosts.initContainer.image");
      const { registry = "docker.io", repository, tag } = image as Record<string, string>;
      assert.deepEqual(
        {
          kubernetesTag: get("controlPlane.distro.k8s.image.tag"),
          etcdTag: get("controlPlane.backingStore.etcd.deploy.statefulSet.image.tag"),
          resources: get("controlPlane.statefulSet.resources"),
          hostsImage: typeof image === "string" ? `docker.io/${image}` : `${registry}/${repository}:${tag}`,
        },
        {
          kubernetesTag: contents.kubernetesTag,
          etcdTag: contents.etcdTag,
          resources: contents.resources,
          hostsImage: contents.hostsImage,
        },
      );
      assert.ok(contents.kubernetesTag.startsWith(`v${chartOf(release).kubernetes}.`));
    });

    it(`${release} accepts the values of every kind of environment`, () => {
      const environments: JsonObject[] = [
        {},
        { controlPlane: { replicas: 3 }, labels: { team: "a" } },
        { isolation: { profile: "hardened" }, kubernetesVersion: "v1.34.4" },
        { isolation: { profile: "open" }, controlPlane: { serviceMonitor: true, virtualScheduler: false } },
        ...(["secrets", "configMaps"] as const).map((kind) => ({ sync: { [kind]: {} } })),
        { values: nest("controlPlane.distro.k8s.apiServer.extraArgs".split("."), ["--v=2"]) },
      ];
      for (const args of environments) {
        const problems = checkArgs("dev", { domain: "example.org", chart: { path: chart, version: release }, ...args });
        assert.deepEqual(problems, [], `${minor}: ${JSON.stringify(args)}`);
        const values = chartValues(
          settings("dev", { domain: "example.org", chart: { version: release }, ...args }),
          {},
        );
        assert.deepEqual(
          missingValues(release, (at) => getPath(values, at)),
          [],
        );
      }
    });
  }
});
