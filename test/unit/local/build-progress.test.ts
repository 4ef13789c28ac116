import * as assert from "node:assert/strict";

import { buildTitle } from "../../../local/build-progress";

describe("progress of the builds", () => {
  // None of them was measured: a minute each.
  const builds = ["one", "two", "three", "four"];

  it("begins with the times that were measured", () => {
    assert.equal(buildTitle(builds, 0, 0), "build 1 of 4, about 4 min left: one");
  });

  it("goes by the speed of the machine afterwards", () => {
    assert.equal(buildTitle(builds, 1, 180), "build 2 of 4, about 9 min left: two");
    assert.equal(buildTitle(builds, 2, 60), "build 3 of 4, about 1 min left: three");
  });

  it("does not judge the machine by a build that took a moment", () => {
    assert.equal(buildTitle(builds, 1, 2), "build 2 of 4, about 3 min left: two");
  });
});
