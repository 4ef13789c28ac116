import assert from "node:assert/strict";
import { levelOf } from "../../profiles";
import { findingsIn } from "../../report";
import { rules } from "../../rules";
import { Engine, type Preview } from "./engine";
import { ALL_BROKEN_VALUES, BROKEN, BROKEN_VALUES, CLEAN, SAME_MISTAKES } from "./programs";

const PREVIEW_MS = 60_000;

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
    const broken = [...Object.keys(BROKEN), ...Object.keys(BROKEN_VALUES)];
    assert.deepEqual(broken.sort(), rules.map(({ name }) => name).sort());
  });

  for (const [name, program] of Object.entries(CLEAN)) {
    it(`finds nothing in ${name}`, () => {
      const { exitCode, output } = engine.preview(program, "strict");
      assert.equal(exitCode, 0, output);
      assert.deepEqual(findings(output), []);
    });
  }

  describe("with mistakes in the values of many releases", () => {
    let preview: Preview;
    before(() => {
      preview = engine.preview(ALL_BROKEN_VALUES, "strict");
    });

    it("reports the same in the event log, and fails", () => {
      assertSameReport(preview);
      assert.notEqual(preview.exitCode, 0, preview.output);
    });

    for (const { name, description } of rules.filter((rule) => rule.name in BROKEN_VALUES)) {
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

  it("adds little time to a preview", function () {
    const rounds = 5;
    this.timeout(3 * rounds * PREVIEW_MS);
    const program = CLEAN["a Helm release"];
    assert.ok(program);
    const times = { none: [] as number[], empty: [] as number[], strict: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const pack of ["none", "empty", "strict"] as const) {
        const preview: Preview = engine.preview(program, pack);
        assert.equal(preview.exitCode, 0, preview.output);
        times[pack].push(preview.milliseconds);
      }
    }
    const [none, empty, strict] = [times.none, times.empty, times.strict].map(median);
    console.log(
      `      preview, median of ${rounds}: ${seconds(none)} without a pack, ${seconds(empty)} with a pack without rules, ` +
        `${seconds(strict)} with all rules`,
    );
    assert.ok(Number(strict) / Number(empty) < 1.5, "the rules add half of a preview or more");
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

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

function seconds(milliseconds: number | undefined): string {
  return `${(Number(milliseconds) / 1000).toFixed(2)} s`;
}
