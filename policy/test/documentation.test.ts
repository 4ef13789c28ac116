import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { withGenerated } from "../../shared/generated";
import { profileFile, PROFILES, ruleSections } from "../documentation";

const PACK = path.resolve(__dirname, "../../..");
const AGAIN = "out of date: run `npm --prefix policy run docs`";

describe("generated files", () => {
  for (const profile of PROFILES) {
    it(`profiles/${profile}.json is up to date`, () => {
      assert.equal(readFileSync(path.join(PACK, "profiles", `${profile}.json`), "utf8"), profileFile(profile), AGAIN);
    });
  }

  it("docs/policies.md is up to date", () => {
    const page = readFileSync(path.join(PACK, "../docs/policies.md"), "utf8");
    assert.equal(page, withGenerated(page, ruleSections()), AGAIN);
  });
});
