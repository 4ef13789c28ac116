import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { holds } from "../../support/canary";
import { base64 } from "../../../shared/base64";

describe("holds", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9+/]{32,64}$/);
  const around = fc.stringMatching(/^[ -~]{0,20}$/);

  it("finds a secret in plain text, in base64 and in base64 of base64, in any context", () => {
    fc.assert(
      fc.property(secret, around, around, around, (value, before, after, outside) => {
        const text = `${before}${value}${after}`;
        assert.ok(holds(text, value));
        assert.ok(holds(`${outside}${base64(text)}${after}`, value));
        assert.ok(holds(base64(`${outside}${base64(text)}${after}`), value));
      }),
    );
  });

  it("finds nothing for another secret", () => {
    // Of other characters than the secret, so that no case has to be left out.
    const lower = fc.stringMatching(/^[a-m]{32,64}$/);
    const upper = fc.stringMatching(/^[N-Z]{32,64}$/);
    fc.assert(
      fc.property(lower, upper, (value, other) => {
        assert.ok(!holds(`${other} ${base64(other)} ${base64(base64(other))}`, value));
      }),
    );
  });
});
