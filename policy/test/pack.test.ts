import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { configOf, ISOLATION, levelOf } from "../profiles";
import { rules } from "../rules";

const PACK = path.resolve(__dirname, "../../..");

describe("policy pack", () => {
  it("has every rule, once, in a file of its name", () => {
    const files = readdirSync(path.join(PACK, "rules")).map((file) => path.basename(file, ".ts"));
    assert.deepEqual(rules.map(({ name }) => name).sort(), files.sort());
  });

  for (const { name, description, severity, remediationSteps, url } of rules) {
    it(`documents ${name}`, () => {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      for (const text of [description, remediationSteps]) assert.match(text ?? "", /^[A-Z].*\.$/);
      assert.ok(severity);
      assert.equal(new URL(url ?? "").protocol, "https:");
      assert.ok(existsSync(path.join(PACK, "test", "rules", `${name}.test.ts`)), "a rule without tests");
    });
  }
});

describe("policy pack start", () => {
  it("loads less than half of the SDK's modules", () => {
    const load = (...modules: string[]) => {
      const script = `${modules.map((name) => `require(${JSON.stringify(name)});`).join("")}
        console.log(Object.keys(require.cache).length)`;
      return Number(execFileSync(process.execPath, ["-e", script], { cwd: PACK, encoding: "utf8" }));
    };
    assert.ok(load("./bin/shared/sdk-start", "@pulumi/policy") < load("@pulumi/policy") / 2);
  }).timeout(30_000);
});

describe("profiles", () => {
  it("name no rule that does not exist", () => {
    const names = new Set(rules.map(({ name }) => name));
    assert.deepEqual(
      ISOLATION.filter((name) => !names.has(name)),
      [],
    );
  });

  it("disable only isolation rules, and only in the open profile", () => {
    for (const { name } of rules) {
      assert.equal(levelOf(name, "open") === "disabled", ISOLATION.includes(name), name);
      for (const profile of ["recommended", "strict"] as const) assert.notEqual(levelOf(name, profile), "disabled");
    }
  });

  it("make all rules but one mandatory in the strict profile", () => {
    const advisory = rules.filter(({ name }) => levelOf(name, "strict") !== "mandatory").map(({ name }) => name);
    assert.deepEqual(advisory, ["chart-version-supported"]);
  });

  it("configure a level for each rule", () => {
    const config = configOf("strict", rules);
    assert.equal(Object.keys(config).length, rules.length);
    assert.deepEqual(config["chart-version-supported"], { enforcementLevel: "advisory", acceptedVersions: [] });
    assert.deepEqual(configOf("recommended", rules)["chart-version-supported"], { enforcementLevel: "advisory" });
  });
});
