import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { addHostNames, removeHostNames } from "../../../local/hosts-file";
import { exec, succeeded } from "../../../shared/exec";

describe("hosts file", () => {
  let file: string;
  const original = "127.0.0.1 localhost\n# a comment\n::1 localhost";

  beforeEach(() => {
    file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hosts-")), "hosts");
  });
  afterEach(() => {
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  for (const [kind, text] of [
    ["with a last line end", `${original}\n`],
    ["without a last line end", original],
    ["empty", ""],
  ] as const) {
    it(`is unchanged after adding and removing (${kind})`, () => {
      fs.writeFileSync(file, text);
      addHostNames(["dev"], file);
      assert.match(fs.readFileSync(file, "utf8"), /^127\.0\.0\.1 dev-vcluster\.cnoe\.localtest\.me$/m);
      removeHostNames(file);
      assert.equal(fs.readFileSync(file, "utf8"), text);
    });
  }

  it("keeps existing names without duplicates", () => {
    fs.writeFileSync(file, `${original}\n`);
    addHostNames(["dev", "staging"], file);
    addHostNames(["pr-7", "dev"], file);
    const names = [...fs.readFileSync(file, "utf8").matchAll(/^127\.0\.0\.1 (\S+)-vcluster/gm)].map(([, name]) => name);
    assert.deepEqual(names, ["dev", "staging", "pr-7"]);
  });

  it("loses no name when several processes add theirs at once", async () => {
    fs.writeFileSync(file, original);
    const names = Array.from({ length: 4 }, (_, i) => `pr-${i}`);
    const add = "const [module, file, name] = process.argv.slice(1); require(module).addHostNames([name], file)";
    const module = require.resolve("../../../local/hosts-file");
    const run = (name: string) => exec(process.execPath, ["-e", add, module, file, name], { timeoutMs: 15_000 });
    for (const result of await Promise.all(names.map(run))) succeeded(result);
    const added = fs.readFileSync(file, "utf8").match(/^127\.0\.0\.1 pr-\d-vcluster\.cnoe\.localtest\.me$/gm);
    assert.equal(added?.length, names.length);
    removeHostNames(file);
    assert.equal(fs.readFileSync(file, "utf8"), original);
  });

  it("keeps lines that others added below", () => {
    fs.writeFileSync(file, `${original}\n`);
    addHostNames(["dev"], file);
    fs.appendFileSync(file, "10.0.0.1 other\n");
    removeHostNames(file);
    assert.equal(fs.readFileSync(file, "utf8"), `${original}\n10.0.0.1 other\n`);
  });
});
