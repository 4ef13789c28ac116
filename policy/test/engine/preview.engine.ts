import assert from "node:assert/strict";
import { levelOf } from "../../profiles";
import { findingsIn } from "../../report";
import { rules } from "../../rules";
import { Engine, type Preview } from "./engine";
import { ALL_BROKEN, BROKEN, BROKEN_OBJECTS, BROKEN_VALUES, CLEAN, SAME_MISTAKES } from "./programs";

const PREVIEW_MS = 60_000;

/** Rules whose mistakes share one preview. */
const shared = new Set([...Object.keys(BROKEN_VALUES), ...Object.keys(BROKEN_OBJECTS)]);

describe("policy pack with the real engine", function () {
  this.timeout(PREVIEW_MS);
  let engine: Engine;

  before(() => {
    engine = new Engine();
  });
  after(() => {
    engine.remove();
  });

  it("has an invalid program for every rule", () => {
    const broken = [...Object.keys(BROKEN), ...shared];
    assert.deepEqual(broken.sort(), rules.map(({ name }) => name).sort());
  });

  for (const [name, program] of Object.entries(CLEAN)) {
    it(`finds nothing in ${name}`, () => {
      const { exitCode, output } = engine.preview(program, "strict");
      assert.equal(exitCode, 0, output);
      assert.deepEqual(findings(output), []);
    });
  }

  describe("with a mistake in each of many resources", () => {
    let preview: Preview;
    before(() => {
      preview = engine.preview(ALL_BROKEN, "strict");
    });

    it("reports the same in the event log, and fails", () => {
      assertSameReport(preview);
      assert.notEqual(preview.exitCode, 0, preview.output);
    });

    for (const { name, description } of rules.filter((rule) => shared.has(rule.name))) {
      it(`reports violations of ${name}, as ${levelOf(name, "strict")}`, () => {
        const { output, events } = preview;
        const found = findingsIn(events).filter(
          ({ rule, resource }) => rule === name && resource.endsWith(`::${name}`),
        );
        assert.ok(found.length > 0, output);
        assert.ok(found.every(({ mandatory }) => mandatory === (levelOf(name, "strict") === "mandatory")));
        assert.ok(output.includes(description), output);
      });
    }
  });

  for (const { name, description } of rules.filter((rule) => rule.name in BROKEN)) {
    const level = levelOf(name, "strict");
    it(`reports violations of ${name}, as ${level}`, () => {
      const program = BROKEN[name];
      assert.ok(program);
      const preview = engine.preview(program, "strict");
      const { exitCode, output } = preview;
      assertSameReport(preview);
      assert.ok(findings(output).includes(`[${level}]  ${name}`), output);
      assert.ok(output.includes(description), output);
      assert.equal(exitCode === 0, level === "advisory", output);
    });
  }

  it("finds the same violations in a Helm release and in an Application", () => {
    const [ofRelease = [], ofApplication = []] = SAME_MISTAKES.map((program) =>
      findings(engine.preview(program, "recommended").output).sort(),
    );
    assert.deepEqual(ofRelease, ofApplication);
    assert.ok(new Set(ofRelease).size >= 10, ofRelease.join("\n"));
  });
});

/** The report that is made of the event log has what the engine printed. */
function assertSameReport({ events, output }: Preview): void {
  assert.deepEqual(
    findingsIn(events)
      .map(({ rule, mandatory }) => `[${mandatory ? "mandatory" : "advisory"}]  ${rule}`)
      .sort(),
    findings(output).sort(),
    "the report of the event log is another one than the engine's",
  );
}

/** What the engine printed of findings: level and rule. */
function findings(output: string): string[] {
  return Array.from(output.matchAll(/- (\[(?:mandatory|advisory|remediate)\] {2}\S+)/g), ([, finding = ""]) => finding);
}
