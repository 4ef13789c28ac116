import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { checkMappings } from "../../../components/sync/validate-mappings";
import { sourceNamespaces } from "../../../shared/vcluster/sync-mappings";

const OWN = "dev-vcluster";
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const OBJECT = `${LABEL}(\\.${LABEL})*`;

/** The forms that a mapping can have, as one pattern over "source => target". */
const FORMS = [
  `${LABEL}/\\* => ${LABEL}/\\*`,
  `${LABEL}/${OBJECT} => ${LABEL}/(${OBJECT}|\\*)`,
  `/${OBJECT} => ${LABEL}/${OBJECT}`,
  ` => ${LABEL}(/\\*)?`,
].map((form) => new RegExp(`^${form}$`));

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const object = fc.stringMatching(/^[a-z0-9]{1,5}(\.[a-z0-9]{1,5})?$/);

describe("mappings", () => {
  it("are accepted in exactly the forms that the syncer supports", () => {
    // Little else than what the forms are made of, so that many are right by chance.
    const side = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "-", ".", "A"), maxLength: 5 });
    const seen = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(fc.oneof(fc.constant(""), side), side, (source, target) => {
        const right = FORMS.some((form) => form.test(`${source} => ${target}`));
        seen[right ? "right" : "wrong"]++;
        assert.equal(checkMappings("sync.secrets", { [source]: target }, OWN).length, right ? 0 : 1);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(seen.right > 100 && seen.wrong > 100, JSON.stringify(seen));
  });

  it("have unique source namespaces, without the environment's own", () => {
    const all = label.map((name) => `${name}/*`);
    const one = fc.tuple(label, object).map((parts) => parts.join("/"));
    const entry = fc.oneof(
      fc.record({ namespace: label, key: fc.constant("*"), target: all }),
      fc.record({ namespace: label, key: object, target: fc.oneof(all, one) }),
      fc.record({ namespace: fc.constant(""), key: object, target: one }),
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const map = Object.fromEntries(entries.map(({ namespace, key, target }) => [`${namespace}/${key}`, target]));
        const expected = [...new Set(entries.map(({ namespace }) => namespace))].filter((name) => name !== "").sort();
        assert.deepEqual(sourceNamespaces(map, map), expected);
      }),
    );
  });

  it("with one target are reported, once for each after the first", () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { minLength: 1, maxLength: 6 }), label, object, (sources, inside, name) => {
        fc.pre(!sources.includes(OWN));
        for (const [key, target] of [
          ["*", `${inside}/*`],
          [name, `${inside}/*`],
          [name, `${inside}/${name}`],
        ] as const) {
          const map = Object.fromEntries(sources.map((source) => [`${source}/${key}`, target]));
          assert.equal(checkMappings("sync.secrets", map, OWN).length, sources.length - 1);
        }
      }),
    );
  });
});
