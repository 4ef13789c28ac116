import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { load } from "js-yaml";

import { checkArgs } from "../../../components/validate";
import { configurationKeys, leaves } from "../../../scripts/configuration";
import { documents } from "../../../scripts/docs";
import { exampleOf } from "../../../scripts/documents";
import { checkoutDir } from "../../../shared/checkout";
import { getIn, isPlainObject, type JsonObject } from "../../../shared/json";

describe("generated documentation", function () {
  this.timeout(120_000); // the formatter, on a busy machine

  const keys = configurationKeys();

  it("is up to date with `npm run docs`", async () => {
    for (const [file, content] of Object.entries(await documents())) {
      assert.equal(fs.readFileSync(path.join(checkoutDir, file), "utf8"), content, `${file} is old: npm run docs`);
    }
  });

  it("documents every default that is a value", () => {
    for (const { path: key, behaviour } of leaves(keys)) {
      // The value itself belongs into defaults.ts alone.
      assert.doesNotMatch(behaviour ?? "", /^(true|false|\d+|\[.*|\{.*|".*)$/, key.join("."));
    }
  });

  it("documents the domain in Pulumi.yaml", () => {
    const project = load(fs.readFileSync(path.join(checkoutDir, "Pulumi.yaml"), "utf8"));
    const domain = keys.find(({ path: key }) => key.join(".") === "domain");
    assert.ok(domain?.behaviour?.includes(`\`${String(getIn(project, "config", "domain", "default"))}\``));
  });

  it("has examples that are valid", () => {
    const examples = keys.map(exampleOf).filter((example) => example !== undefined);
    assert.ok(examples.length >= 10);
    for (const example of examples) {
      assert.deepEqual(checkArgs("dev", { domain: "example.org", ...example }), [], JSON.stringify(example));
    }
  });

  it("validates the committed stacks", () => {
    const schema = JSON.parse(
      fs.readFileSync(path.join(checkoutDir, "docs/configuration.schema.json"), "utf8"),
    ) as Schema;
    for (const stack of ["dev", "staging"]) {
      const file = load(fs.readFileSync(path.join(checkoutDir, `Pulumi.${stack}.yaml`), "utf8"));
      assert.ok(isPlainObject(file));
      assert.deepEqual(unknownKeys(file, schema), [], stack);
    }
    const misspelt = { config: { "vcluster-environments:domian": "a", "kubernetes:context": "b" } };
    assert.deepEqual(unknownKeys(misspelt, schema), ["vcluster-environments:domian"]);
  });
});

interface Schema {
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, false>;
  additionalProperties?: unknown;
}

/** Keys that an editor would mark: the part of JSON Schema that the generated one uses for keys. */
function unknownKeys(
  tree: JsonObject,
  { properties = {}, patternProperties = {}, additionalProperties }: Schema,
): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const known = properties[key];
    const forbidden = Object.keys(patternProperties).some((pattern) => new RegExp(pattern).test(key));
    if (forbidden || (known === undefined && additionalProperties === false)) return [key];
    return known !== undefined && isPlainObject(value) ? unknownKeys(value, known) : [];
  });
}
