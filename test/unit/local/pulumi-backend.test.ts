import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { removeSalts, saveStackFile, withSalt } from "../../../local/pulumi-backend";

describe("withSalt", () => {
  const committed = "config:\n  vcluster-environments:domain: example.com\n";

  it("returns the committed file without a copy", () => {
    assert.equal(withSalt(committed, ""), committed);
  });

  it("keeps only the salt of the copy", () => {
    const copy = "encryptionsalt: v1:abc=:v1:def\nconfig:\n  vcluster-environments:domain: old.example.com\n";
    assert.equal(withSalt(committed, copy), `encryptionsalt: v1:abc=:v1:def\n${committed}`);
  });

  it("keeps only this host's salt if plain `pulumi up` has written one into the committed file", () => {
    const salted = `encryptionsalt: v1:other=:v1:salt\n${committed}`;
    assert.equal(withSalt(salted, "encryptionsalt: v1:abc=:v1:def\n"), `encryptionsalt: v1:abc=:v1:def\n${committed}`);
    assert.equal(withSalt(`${committed}encryptionsalt: v1:other=:v1:salt`, ""), committed);
  });

  it("keeps the salt of the committed file", () => {
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

  it("copies Pulumi's changes to the committed file, without the salt", () => {
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

describe("removeSalts", () => {
  const salt = "encryptionsalt: v1:abc=:v1:def";
  const cases: [string, string, string][] = [
    ["removes the salt of this host", `config:\n  a: b\n${salt}\n`, "config:\n  a: b\n"],
    ["keeps the salt of another host", "config:\n  a: b\nencryptionsalt: v1:other=\n", ""],
    ["keeps a salt that a secret in the file needs", `config:\n  a:\n    secure: v1:xyz\n${salt}\n`, ""],
    ["leaves a file without a salt as it is", "config:\n  a: b\n", ""],
  ];
  for (const [title, before, after] of cases) {
    it(title, () => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
      try {
        const file = path.join(directory, "Pulumi.dev.yaml");
        fs.writeFileSync(file, before);
        fs.writeFileSync(path.join(directory, "Pulumi.yaml"), salt);
        removeSalts(directory, (stack) => (stack === "dev" ? salt : undefined));
        assert.equal(fs.readFileSync(file, "utf8"), after || before);
        assert.equal(fs.readFileSync(path.join(directory, "Pulumi.yaml"), "utf8"), salt);
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    });
  }

  it("removes a file with nothing but the salt, where Git works and does not have it", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
    try {
      const git = (...args: string[]) => execFileSync("git", args, { cwd: directory });
      const remove = () => {
        for (const stack of ["mine", "known", "set"])
          fs.writeFileSync(
            path.join(directory, `Pulumi.${stack}.yaml`),
            `${salt}\n${stack === "set" ? "config: {}\n" : ""}`,
          );
        removeSalts(directory, () => salt);
        return fs.readdirSync(directory).filter((name) => name.startsWith("Pulumi."));
      };
      const all = ["Pulumi.known.yaml", "Pulumi.mine.yaml", "Pulumi.set.yaml"];
      assert.deepEqual(remove(), all);
      git("init", "--quiet");
      git("add", "Pulumi.known.yaml");
      assert.deepEqual(remove(), ["Pulumi.known.yaml", "Pulumi.set.yaml"]);
      assert.equal(fs.readFileSync(path.join(directory, "Pulumi.known.yaml"), "utf8"), "");
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});
