import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { policiesPage, profileFile, PROFILES } from "../documentation";

const PACK = path.resolve(__dirname, "../../..");
const AGAIN = "out of date: run `npm --prefix policy run docs`";

describe("generated files", () => {
  for (const profile of PROFILES) {
    it(`profiles/${profile}.json is what the rules say`, () => {
      assert.equal(readFileSync(path.join(PACK, "profiles", `${profile}.json`), "utf8"), profileFile(profile), AGAIN);
    });
  }

  it("docs/policies.md is what the rules say", () => {
    assert.equal(readFileSync(path.join(PACK, "../docs/policies.md"), "utf8"), policiesPage(), AGAIN);
  });
});
