import assert from "node:assert/strict";
import fc from "fast-check";
import { withParameters } from "../parameters";

describe("withParameters", () => {
  const cases: [string, object, unknown[], object][] = [
    ["nothing", { a: 1 }, [], { a: 1 }],
    ["a key", {}, [{ name: "a", value: "x" }], { a: "x" }],
    ["a path over a value", { a: { b: 1, c: 2 } }, [{ name: "a.b", value: "3" }], { a: { b: 3, c: 2 } }],
    ["a path over something else", { a: 1 }, [{ name: "a.b", value: "x" }], { a: { b: "x" } }],
    [
      "true and false",
      {},
      [
        { name: "a", value: "true" },
        { name: "b", value: "false" },
      ],
      { a: true, b: false },
    ],
    ["null", { a: 1 }, [{ name: "a", value: "null" }], { a: null }],
    [
      "numbers",
      {},
      [
        { name: "a", value: "-7" },
        { name: "b", value: "0" },
      ],
      { a: -7, b: 0 },
    ],
    [
      "what only looks like a number",
      {},
      [
        { name: "a", value: "007" },
        { name: "b", value: "1x" },
        { name: "c", value: "1.5" },
      ],
      { a: "007", b: "1x", c: "1.5" },
    ],
    ["text by force", {}, [{ name: "a", value: "true", forceString: true }], { a: "true" }],
    ["a value that is no text", {}, [{ name: "a", value: 1 }], { a: 1 }],
    ["a dot in a key", {}, [{ name: "a.x\\.y/z.b", value: "1" }], { a: { "x.y/z": { b: 1 } } }],
    ["an item of a list", { a: ["x", "y"] }, [{ name: "a[1]", value: "z" }], { a: ["x", "z"] }],
    [
      "items of lists of objects",
      { a: [{ b: 1 }] },
      [{ name: "a[0].c[0][1]", value: "z" }],
      { a: [{ b: 1, c: [[, "z"]] }] },
    ],
    [
      "the last of two",
      {},
      [
        { name: "a", value: "x" },
        { name: "a", value: "y" },
      ],
      { a: "y" },
    ],
    ["nothing without a name", {}, [{ value: "x" }, "x", null, { name: "" }], {}],
  ];
  for (const [name, values, parameters, expected] of cases) {
    it(`merges ${name}`, () => {
      const before = structuredClone(values);
      assert.deepEqual(withParameters({ ...values }, parameters), expected);
      assert.deepEqual(values, before, "the values were changed");
    });
  }

  it("sets every text at every path of plain keys", () => {
    const key = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.string(), (keys, value) => {
        const merged = withParameters({}, [{ name: keys.join("."), value, forceString: true }]);
        assert.equal(
          keys.reduce<unknown>((node, item) => (node as Record<string, unknown>)[item], merged),
          value,
        );
      }),
    );
  });
});
