import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuantity } from "../../shared/quantity";

describe("parseQuantity", () => {
  const table: [unknown, number | undefined][] = [
    ["0", 0],
    ["2", 2],
    [2, 2],
    ["500m", 0.5],
    [".5", 0.5],
    ["1.5", 1.5],
    ["1.", 1],
    ["1e3", 1000],
    ["1E3", 1000],
    ["1e-3", 0.001],
    ["1e+3", 1000],
    ["-1", undefined],
    ["+1", 1],
    ["1n", 1e-9],
    ["1u", 1e-6],
    ["1k", 1e3],
    ["1M", 1e6],
    ["1G", 1e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["1E", 1e18],
    ["1Ki", 1024],
    ["1Mi", 1024 ** 2],
    ["1Gi", 1024 ** 3],
    ["1Ti", 1024 ** 4],
    ["1Pi", 1024 ** 5],
    ["1Ei", 1024 ** 6],
    ["", undefined],
    ["Gi", undefined],
    ["1gb", undefined],
    ["1e3Ki", undefined],
    ["1 Gi", undefined],
    ["x1", undefined],
    ["1toString", undefined],
    [undefined, undefined],
    [null, undefined],
    [true, undefined],
    [["1"], undefined],
  ];
  for (const [text, amount] of table) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.equal(parseQuantity(text), amount);
    });
  }

  it("keeps the order of amounts of one unit", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom("m", "", "k", "Mi", "Gi"), (a, b, unit) => {
        assert.equal(Number(parseQuantity(`${a}${unit}`)) < Number(parseQuantity(`${b}${unit}`)), a < b);
      }),
    );
  });
});
