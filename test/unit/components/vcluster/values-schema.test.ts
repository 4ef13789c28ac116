import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";

import { checkArgs } from "../../../../components/validate";
import { chartOnDisk } from "../../../../components/vcluster/chart-source";
import { checkSchema } from "../../../../components/vcluster/values-schema";
import type { Problem } from "../../../../shared/errors";

/** Written as vCluster's is: definitions by reference, closed maps, a switch that is text or a boolean. */
const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $defs: {
    Switch: { type: "object", additionalProperties: false, properties: { enabled: { type: "boolean" } } },
    Auto: {
      type: "object",
      additionalProperties: false,
      properties: { enabled: { oneOf: [{ type: "string" }, { type: "boolean" }] } },
    },
    Sync: {
      type: "object",
      additionalProperties: false,
      properties: { ingresses: { $ref: "#/$defs/Switch" }, storage: { $ref: "#/$defs/Auto" } },
    },
    Level: { enum: ["low", "high"] },
    Names: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
  },
  type: "object",
  additionalProperties: false,
  properties: {
    sync: { $ref: "#/$defs/Sync" },
    level: { $ref: "#/$defs/Level" },
    env: { $ref: "#/$defs/Names" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    free: { type: "object" },
  },
};

/** Problems as `path: code`; their texts are in messages.snapshot.txt. */
const codes = (problems: readonly Problem[]) => problems.map(({ path, code }) => `${path}: ${code}`);

describe("checkSchema", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "chart-schema-"));
  const folder = path.join(directory, "vcluster");
  const archive = path.join(directory, "vcluster-0.26.0.tgz");
  const chart = { repository: "https://charts.example.org", version: "0.26.0" };
  before(() => {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "values.schema.json"), JSON.stringify(schema));
    fs.writeFileSync(
      archive,
      gzipSync(
        Buffer.concat([
          tarred("vcluster/Chart.yaml", "x".repeat(700)),
          tarred("vcluster/values.schema.json", JSON.stringify(schema)),
        ]),
      ),
    );
  });
  // Nothing is in the cache, unless a test says so.
  beforeEach(() => {
    process.env["PULUMI_K8S_HELM_REPOSITORY_CACHE"] = path.join(directory, "nothing");
  });
  after(() => {
    process.env["PULUMI_K8S_HELM_REPOSITORY_CACHE"] = "/nonexistent";
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const wrong: [string, object, string[]][] = [
    [
      "an unknown key, and the nearest",
      { sync: { ingreses: { enabled: true } } },
      ["values.sync.ingreses: unknown-value"],
    ],
    [
      "a switch that is text, without the text",
      { sync: { ingresses: { enabled: "hunter2" } } },
      ["values.sync.ingresses.enabled: value-type"],
    ],
    ["a choice of types, once", { sync: { storage: { enabled: 3 } } }, ["values.sync.storage.enabled: value-type"]],
    [
      "several at once, in lists and under keys with slashes",
      { level: "middle", env: [{ name: "a" }, { name: 1 }], labels: { "a/b": 2 } },
      ["values.level: value-type", "values.env[1].name: value-type", 'values.labels["a/b"]: value-type'],
    ],
  ];
  for (const [title, values, findings] of wrong) {
    it(`finds ${title}`, () => {
      for (const path of [folder, archive]) {
        assert.deepEqual(codes(checkSchema({ ...chart, path }, { ...values }, { ...values })), findings);
        assert.doesNotMatch(JSON.stringify(checkSchema({ ...chart, path }, { ...values }, { ...values })), /hunter2/);
      }
    });
  }

  it("accepts valid values", () => {
    const values = { sync: { storage: { enabled: "auto" } }, level: "low", labels: { a: "b" }, free: { any: [1] } };
    assert.deepEqual(checkSchema({ ...chart, path: folder }, values, values), []);
  });

  it("uses the archive in Helm's cache for a chart from a repository", () => {
    const values = { sync: { ingreses: {} } };
    assert.deepEqual(checkSchema(chart, values, values), []);
    process.env["PULUMI_K8S_HELM_REPOSITORY_CACHE"] = directory;
    assert.deepEqual(
      checkSchema(chart, values, values).map(({ path }) => path),
      ["values.sync.ingreses"],
    );
    assert.deepEqual(checkSchema({ ...chart, version: "0.27.0" }, values, values), []);
  });

  it("reports problems of generated values as the chart's", () => {
    const values = { telemetry: { enabled: false } };
    assert.deepEqual(codes(checkSchema({ ...chart, path: folder }, values, {})), ["chart.path: chart-unsupported"]);
    process.env["PULUMI_K8S_HELM_REPOSITORY_CACHE"] = directory;
    assert.deepEqual(codes(checkSchema(chart, values, {})), ["chart.version: chart-unsupported"]);
  });

  it("is skipped if the chart is not on disk, or has no schema", () => {
    const values = { nothing: "of the kind" };
    assert.deepEqual(checkSchema(chart, values, values), []);
    assert.deepEqual(checkSchema({ ...chart, path: path.join(directory, "missing") }, values, values), []);
    assert.deepEqual(checkSchema({ ...chart, path: directory }, values, values), []);
  });

  it("is part of checkArgs", () => {
    const findings = checkArgs("dev", {
      domain: "example.org",
      chart: { path: folder },
      values: { sync: { ingreses: {} } },
    });
    assert.ok(findings.some((finding) => finding.path === "values.sync.ingreses"));
  });
});

describe("chartOnDisk", () => {
  const chart = { repository: "https://charts.example.org", version: "1.2.3" };
  const file = "vcluster-1.2.3.tgz";
  for (const [title, env, expected] of [
    ["the provider's own variable", { PULUMI_K8S_HELM_REPOSITORY_CACHE: "/a", HELM_CACHE_HOME: "/b" }, "/a"],
    ["Helm's cache", { HELM_CACHE_HOME: "/b", XDG_CACHE_HOME: "/c" }, "/b/repository"],
    ["the user's cache", { HELM_CACHE_HOME: "", XDG_CACHE_HOME: "/c" }, "/c/helm/repository"],
  ] as const) {
    it(`finds the chart by ${title}`, () => {
      assert.equal(chartOnDisk(chart, env), path.join(expected, file));
    });
  }

  it("finds it without any of these, and by its path first", () => {
    assert.ok(chartOnDisk(chart, {}).endsWith(path.join("helm", "repository", file)));
    assert.equal(chartOnDisk({ ...chart, path: "/d" }, { HELM_CACHE_HOME: "/b" }), "/d");
  });
});

/** One file as tar has it. */
function tarred(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}
