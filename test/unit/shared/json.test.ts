import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { getIn, isPlainObject, type JsonObject, merge, nullsWithoutTarget } from "../../../shared/json";

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 }));
const key = fc.constantFrom("a", "b", "c", "d.e", "__proto__");
const { tree } = fc.letrec<{ tree: JsonObject; node: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, leaf, tie("tree")),
  tree: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
}));

describe("merge", () => {
  it("merges maps, replaces everything else, and deletes with null", () => {
    const base = { a: { b: 1, c: [1, 2] }, d: "x", e: { f: 1 } };
    assert.deepEqual(merge(base, { a: { c: [3], g: true }, d: null, e: 5, h: { i: null, j: 1 } }), {
      a: { b: 1, c: [3], g: true },
      e: 5,
      h: { j: 1 },
    });
  });

  it("changes neither side", () => {
    fc.assert(
      fc.property(tree, tree, (base, override) => {
        const before = JSON.stringify([base, override]);
        merge(base, override);
        assert.equal(JSON.stringify([base, override]), before);
      }),
    );
  });

  it("has an identity, and the same override twice is once", () => {
    fc.assert(
      fc.property(tree, tree, (base, override) => {
        assert.deepEqual(merge(base, {}), base);
        assert.deepEqual(merge({}, base), base);
        const once = merge(base, override);
        assert.deepEqual(merge(once, override), once);
      }),
    );
  });

  it("has every leaf of the override", () => {
    const leaves = (value: unknown, path: string[] = []): [string[], unknown][] =>
      isPlainObject(value)
        ? Object.entries(value).flatMap(([k, inner]) => leaves(inner, [...path, k]))
        : [[path, value]];
    fc.assert(
      fc.property(tree, tree, (base, override) => {
        const merged = merge(base, override);
        for (const [path, value] of leaves(override)) assert.deepEqual(getIn(merged, ...path), value);
      }),
    );
  });

  it("never touches the prototype", () => {
    const merged = merge({}, JSON.parse('{"__proto__": {"polluted": 1}}') as JsonObject);
    assert.equal(({} as JsonObject)["polluted"], undefined);
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
  });
});

describe("nullsWithoutTarget", () => {
  it("returns nulls that delete nothing in the base", () => {
    const base = { a: { b: 1 }, c: 2 };
    const override = { a: { b: null, x: null }, c: null, d: { e: { f: null } } };
    assert.deepEqual(nullsWithoutTarget(base, override), [
      ["a", "x"],
      ["d", "e", "f"],
    ]);
  });
});
