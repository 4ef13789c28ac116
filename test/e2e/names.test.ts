import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import * as fc from "fast-check";

import { syncedName } from "../../components/names";
import { checkoutDir } from "../../shared/checkout";

const oracle = path.join(checkoutDir, "local/go/names-oracle");

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
  const output = execFileSync("go", ["run", "-trimpath", "-buildvcs=false", "."], {
    cwd: oracle,
    // As the local host's programs are built, so that what is compiled for vCluster is not compiled again.
    env: { ...process.env, CGO_ENABLED: "0", GOGC: "400", GOWORK: "off" },
    input: JSON.stringify(objects),
    maxBuffer: 64 * 2 ** 20,
    timeout: 9 * 60_000,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return (JSON.parse(output.toString()) as string[]).map((name) => Buffer.from(name, "base64").toString());
}

describe("names of synced objects", function () {
  this.timeout(10 * 60_000);

  it(`are vCluster's own, for ${COUNT} random objects (seed ${seed})`, () => {
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
