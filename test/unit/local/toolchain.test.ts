import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { toolchainsDir } from "../../../local/settings";
import { missingToolchain } from "../../../local/toolchain";

describe("missingToolchain", () => {
  const before = process.env["PATH"];
  let dir: string;

  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "toolchain-"));
  });
  afterEach(() => {
    process.env["PATH"] = before;
    fs.rmSync(dir, { recursive: true });
  });

  it("returns Pulumi, a language host and three plugins if Pulumi is not installed", () => {
    process.env["PATH"] = dir;
    assert.deepEqual(
      missingToolchain().map(({ name }) => name),
      [
        "pulumi",
        "pulumi-language-nodejs",
        "pulumi-resource-kubernetes",
        "pulumi-resource-random",
        "pulumi-resource-command",
      ],
    );
    assert.deepEqual(
      missingToolchain({ onDemand: true }).map(({ name }) => name),
      ["pulumi-language-yaml"],
    );
  });

  it("returns nothing if Pulumi is installed", () => {
    fs.writeFileSync(path.join(dir, "pulumi"), "", { mode: 0o755 });
    process.env["PATH"] = `${dir}:/usr/bin`;
    assert.deepEqual(missingToolchain(), []);
  });

  it("ignores its own earlier build", () => {
    process.env["PATH"] = path.join(toolchainsDir, "0123456789abcdef");
    assert.equal(missingToolchain().length, 5);
  });
});
