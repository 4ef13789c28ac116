import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { syncedName } from "../../components/names";
import { askOracle } from "../support/oracle";

/** Another run with the same inputs: NAMES_SEED=<the seed in the title>. */
const seed = Number(process.env["NAMES_SEED"] ?? Date.now() % 2 ** 31);
const COUNT = 10_000;

/** One part of a name: as Kubernetes allows it, any text at all, or little else than what the shortening looks at. */
const part = fc.oneof(
  fc.stringMatching(/^[a-z0-9][-a-z0-9.]{0,40}$/),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("a", "-", ".", "é", "語", "😀"), maxLength: 40 }),
);
const object = fc.record({ name: part, namespace: part, release: part });
type SyncedObject = typeof object extends fc.Arbitrary<infer T> ? T : never;

/** What vCluster's own function says. The names are bytes: a character that is cut in two becomes U+FFFD here as there. */
function namesByVcluster(objects: readonly SyncedObject[]): string[] {
  return (askOracle("names-oracle", objects) as string[]).map((name) => Buffer.from(name, "base64").toString());
}

describe("syncedName", function () {
  this.timeout(10 * 60_000);

  it(`agrees with vCluster, for ${COUNT} random objects (seed ${seed})`, () => {
    const objects = fc.sample(object, { seed, numRuns: COUNT });
    const expected = namesByVcluster(objects);
    assert.equal(expected.length, COUNT);
    const wrong = objects.flatMap((one, index) => {
      const name = syncedName(one.name, one.namespace, one.release);
      return name === expected[index] ? [] : [{ ...one, is: name, shouldBe: expected[index] }];
    });
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${COUNT} names differ`);

    // Nothing is shown by inputs that are all alike.
    const kinds: Record<string, (one: SyncedObject, name: string) => boolean> = {
      whole: (one, name) => name === `${one.name}-x-${one.namespace}-x-${one.release}`,
      shortened: (_, name) => /-[0-9a-f]{10}$/.test(name) && Buffer.byteLength(name) >= 60,
      "cut inside a character": (_, name) => /\uFFFD-[0-9a-f]{10}$/.test(name),
      "without the dot before the hyphen": (_, name) => /-[0-9a-f]{10}$/.test(name) && Buffer.byteLength(name) < 63,
      unicode: ({ name, namespace, release }) => /[^\0-\x7f]/.test(name + namespace + release),
      empty: ({ name }, synced) => name === "" && synced === "",
    };
    for (const [kind, isKind] of Object.entries(kinds)) {
      const count = objects.filter((one, index) => isKind(one, expected[index] ?? "")).length;
      assert.ok(count >= 20, `only ${count} of the names are ${kind}`);
    }
  });
});
