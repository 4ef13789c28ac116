import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { holds } from "../../support/canary";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the search for secrets in plain text", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9+/]{32,64}$/);
  const around = fc.stringMatching(/^[ -~]{0,20}$/);

  it("finds a secret as it is, in base64 and in base64 of base64, whatever stands around it", () => {
    fc.assert(
      fc.property(secret, around, around, around, (value, before, after, outside) => {
        const text = `${before}${value}${after}`;
        assert.ok(holds(text, value));
        assert.ok(holds(`${outside}${base64(text)}${after}`, value));
        assert.ok(holds(base64(`${outside}${base64(text)}${after}`), value));
      }),
    );
  });

  it("finds nothing where another secret is", () => {
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
