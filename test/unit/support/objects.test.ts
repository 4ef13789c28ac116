import * as assert from "node:assert/strict";

import { difference } from "../../../testing/objects";

describe("difference", () => {
  it("lists what was added, removed and replaced under the same name", () => {
    const before = new Map([
      ["/Pod a/kept", "1"],
      ["/Pod a/replaced", "2"],
      ["/Pod a/removed", "3"],
    ]);
    const after = new Map([
      ["/Pod a/kept", "1"],
      ["/Pod a/replaced", "9"],
      ["/Pod a/added", "4"],
    ]);
    assert.deepEqual(difference(before, after), [
      "added: /Pod a/added",
      "removed: /Pod a/removed",
      "replaced: /Pod a/replaced",
    ]);
    assert.deepEqual(difference(before, before), []);
  });
});
