import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { packageProblems, releaseProblems } from "../../../../scripts/release/check";
import { checkoutDir } from "../../../../shared/checkout";

const FILES = [
  ...["package.json", "package-lock.json", "policy/package.json", "policy/package-lock.json", "provider/package.json"],
  ...["provider/schema.json", "template/package.json", "CHANGELOG.md"],
];

describe("the check of a release", function () {
  this.timeout(20_000);
  let checkout: string;

  beforeEach(() => {
    checkout = fs.mkdtempSync(path.join(os.tmpdir(), "release-check-"));
    for (const file of FILES) {
      fs.mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
      fs.copyFileSync(path.join(checkoutDir, file), path.join(checkout, file));
    }
    change("CHANGELOG.md", /^## .*$/m, "## 0.2.0 (2026-11-26)");
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "0.2.0");
  });
  afterEach(() => {
    fs.rmSync(checkout, { recursive: true, force: true });
  });

  function git(...args: string[]): void {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    execFileSync("git", ["-C", checkout, ...identity, ...args], { stdio: "pipe" });
  }
  function change(file: string, from: RegExp, to: string): void {
    const text = fs.readFileSync(path.join(checkout, file), "utf8");
    fs.writeFileSync(path.join(checkout, file), text.replace(from, to));
  }
  /** What it finds after a change, besides the change itself. */
  const found = () => releaseProblems(checkout).filter((problem) => !problem.endsWith("[release-uncommitted]"));

  it("finds nothing in this repository", () => {
    assert.deepEqual(found(), []);
    assert.deepEqual(releaseProblems(checkout), []);
  });

  it("finds what is not committed", () => {
    fs.writeFileSync(path.join(checkout, "notes.txt"), "");
    assert.deepEqual(releaseProblems(checkout), [
      "work tree: 1 changed or untracked files, the first notes.txt. Allowed: none. Fix: commit or remove them. [release-uncommitted]",
    ]);
  });

  it("finds that the version is released already, with something else", () => {
    git("tag", "v0.2.0");
    assert.deepEqual(releaseProblems(checkout), []);
    git("commit", "--quiet", "--allow-empty", "--message", "later");
    assert.match(
      releaseProblems(checkout).join("\n"),
      /^v0\.2\.0: the tag is at another commit\. .* \[release-tagged\]$/,
    );
  });

  it("finds what a package names and does not have", () => {
    const file = path.join(checkout, "sample-1.0.0.tgz");
    const pack = (names: string[]) => {
      for (const name of names) fs.cpSync(__filename, path.join(checkout, "package", name));
      const exports = { ".": { types: "./bin/a.d.ts", default: "./bin/a.js" } };
      fs.writeFileSync(path.join(checkout, "package/package.json"), JSON.stringify({ main: "bin/a.js", exports }));
      execFileSync("tar", ["-czf", file, "-C", checkout, "package"]);
    };
    pack(["bin/a.js"]);
    assert.deepEqual(packageProblems(file), [
      "sample-1.0.0.tgz: package.json names ./bin/a.d.ts, which is not packed. Fix: correct scripts/release/manifests.ts. [release-package]",
    ]);
    pack(["bin/a.d.ts"]);
    assert.deepEqual(packageProblems(file), []);
  });

  for (const file of FILES.filter((name) => name.endsWith(".json") && name !== "package.json")) {
    it(`finds another version in ${file}`, () => {
      change(file, /0\.2\.0/, "0.1.9");
      assert.equal(found().length, 1, found().join("\n"));
      assert.match(
        found()[0] ?? "",
        new RegExp(`^${file}: .*0\\.1\\.9.* Allowed: .*0\\.2\\.0.* \\[release-version\\]$`),
      );
    });
  }

  it("finds a changelog whose first section is not that version with a date", () => {
    for (const title of ["## Unreleased", "## 0.2.0", "## 0.2.0 (2026-99-99)", "## 0.1.0 (2026-11-26)"]) {
      change("CHANGELOG.md", /^## .*$/m, title);
      assert.match(
        found().join("\n"),
        new RegExp(`the first section is "${title.replace(/[()]/g, "\\$&")}".*\\[release-changelog\\]$`),
      );
    }
  });
});
