import * as assert from "node:assert/strict";

import { hasCredentials, withoutCredentials } from "../../../shared/urls";

describe("hasCredentials", () => {
  it("finds passwords and tokens, and no user names of SSH", () => {
    for (const url of [
      "https://me:secret@example.com/a.git",
      "https://ghp_secret@github.com/a.git",
      "https://:secret@example.com",
      "http://secret@example.com",
      "oci://me:secret@example.com",
      "ssh://git:secret@example.com/a.git",
    ]) {
      assert.ok(hasCredentials(url), url);
      assert.doesNotMatch(withoutCredentials(url), /secret|me/);
    }
    for (const url of [
      "https://example.com/a@b:c.git",
      "ssh://git@example.com/a.git",
      "git+ssh://git@example.com/a.git",
      "git@example.com:a/b.git",
      "oci://example.com:5000/a",
      "https://example.com/?q=a:b@c",
    ]) {
      assert.ok(!hasCredentials(url), url);
    }
  });
});
