import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../../../shared/checkout";
import { attacks } from "../../support/attacks";

const page = fs.readFileSync(path.join(checkoutDir, "docs/security.md"), "utf8");
/** Attacks that the page names: code at the end of the rows of its table. */
const named = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .flatMap((line) => [...(line.split(" | ")[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, title]) => title ?? ""));

describe("docs/security.md", () => {
  it("names only attacks in the tests", () => {
    const titles = new Set(attacks.map(({ title }) => title));
    assert.ok(named.length > 50, `only ${named.length} attacks are named`);
    assert.deepEqual(
      named.filter((title) => !titles.has(title)),
      [],
    );
  });

  it("names every attack in the tests", () => {
    const sides = (title: string) => title.replaceAll("atkb", "atka").replace(/(private range, ).*/, "$1");
    const told = new Set(named.map(sides));
    assert.deepEqual(
      attacks.map(({ title }) => title).filter((title) => !told.has(sides(title))),
      [],
    );
  });
});
