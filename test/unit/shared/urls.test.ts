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

describe("withoutCredentials", () => {
  it("removes them from what is refused because it is no URL", () => {
    for (const text of [" https://me:secret@example.com", "me:secret@example.com/a", "https:me:secret@example.com"]) {
      assert.doesNotMatch(withoutCredentials(text), /secret|me:/, text);
    }
    for (const text of ["https://example.com/a.git", "oci://example.com:5000/a", "git@example.com:a/b.git", "C:\\a"]) {
      assert.equal(withoutCredentials(text), text);
    }
  });
});
