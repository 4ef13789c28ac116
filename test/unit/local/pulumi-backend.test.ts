import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { saveStackFile, withSalt } from "../../../local/pulumi-backend";

describe("stack file of the local host", () => {
  const committed = "config:\n  vcluster-environments:domain: example.com\n";

  it("is the committed file where there was none", () => {
    assert.equal(withSalt(committed, ""), committed);
  });

  it("keeps the salt and nothing else of the copy", () => {
    const copy = "encryptionsalt: v1:abc=:v1:def\nconfig:\n  vcluster-environments:domain: old.example.com\n";
    assert.equal(withSalt(committed, copy), `encryptionsalt: v1:abc=:v1:def\n${committed}`);
  });

  it("has exactly one salt, this host's own, when plain `pulumi up` has written one into the committed file", () => {
    const salted = `encryptionsalt: v1:other=:v1:salt\n${committed}`;
    assert.equal(withSalt(salted, "encryptionsalt: v1:abc=:v1:def\n"), `encryptionsalt: v1:abc=:v1:def\n${committed}`);
    assert.equal(withSalt(`${committed}encryptionsalt: v1:other=:v1:salt`, ""), committed);
  });

  it("leaves the committed file the salt that it has", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    try {
      const [copy, file] = [path.join(directory, "copy"), path.join(directory, "committed")];
      fs.writeFileSync(copy, `encryptionsalt: v1:abc=:v1:def\n${committed}`);
      fs.writeFileSync(file, "encryptionsalt: v1:other=:v1:salt\n");
      saveStackFile("dev", copy, file);
      assert.equal(fs.readFileSync(file, "utf8"), `encryptionsalt: v1:other=:v1:salt\n${committed}`);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it("gives what Pulumi wrote into the copy to the committed file, without the salt", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    try {
      const [copy, file] = [path.join(directory, "copy"), path.join(directory, "committed")];
      fs.writeFileSync(copy, `encryptionsalt: v1:abc=:v1:def\n${committed}`);
      saveStackFile("dev", copy, file);
      assert.equal(fs.readFileSync(file, "utf8"), committed);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});
