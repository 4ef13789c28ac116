import * as assert from "node:assert/strict";

import { parseQuantity } from "../../../shared/quantity";

describe("parseQuantity", () => {
  const equal: [string, string][] = [
    ["300m", "0.3"],
    ["1000m", "1"],
    ["1Gi", "1024Mi"],
    ["1.5Gi", "1536Mi"],
    ["1k", "1e3"],
    ["2E", "2000P"],
    ["+1", "1."],
    [".5", "500m"],
    ["1u", "1000n"],
    ["100e-3", "100m"],
  ];
  for (const [one, other] of equal) {
    it(`${one} is ${other}`, () => {
      assert.notEqual(parseQuantity(one), undefined);
      assert.equal(parseQuantity(one), parseQuantity(other));
    });
  }

  it("keeps the order of amounts", () => {
    const ordered = [
      "0",
      "1n",
      "9m",
      "10m",
      "1",
      "1k",
      "1Ki",
      "1M",
      "1Mi",
      "1G",
      "1Gi",
      "1T",
      "1Ti",
      "1P",
      "1Pi",
      "1E",
      "1Ei",
    ];
    const values = ordered.map((text) => parseQuantity(text) ?? NaN);
    for (const [index, value] of values.slice(1).entries())
      assert.ok(value > (values[index] ?? NaN), ordered[index + 1]);
  });

  for (const text of ["", "1 Gi", "4GB", "Gi", "-1", "1KI", "0x10", "1e", "1.2.3", "one"]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      assert.equal(parseQuantity(text), undefined);
    });
  }
});
