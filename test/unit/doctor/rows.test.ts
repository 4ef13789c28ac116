import * as assert from "node:assert/strict";

import { API_CHECKS } from "../../../components/jobs/api-readiness";
import { ROWS } from "../../../doctor/rows";
import { examine, exitCode, findings, mayCause } from "../../../doctor/run";
import { SECTIONS } from "../../../doctor/model";
import { asJson } from "../../../doctor/print/json";
import { asJunit } from "../../../doctor/print/junit";
import { forPeople } from "../../../doctor/print/people";
import { holds } from "../../support/canary";
import { FAULTS } from "../../support/doctor-faults";
import { CANARY, healthySnapshot } from "../../support/doctor-snapshot";

const codesOf = (found: readonly { readonly code: string }[]) => [...new Set(found.map(({ code }) => code))];

describe("rows of the doctor", () => {
  it("find nothing in a healthy environment, and look at everything", () => {
    const report = examine(ROWS, healthySnapshot());
    assert.deepEqual(findings(report), []);
    assert.equal(exitCode(report), 0);
    const skipped = report.outcomes.filter(({ state }) => state === "skipped").map(({ row }) => row.code);
    assert.deepEqual(skipped, ["etcd-not-ready"]); // one replica has none
  });

  for (const { code, name, breaks, follows = [] } of FAULTS) {
    it(`${code}: ${name}`, () => {
      const snapshot = healthySnapshot();
      breaks(snapshot);
      const report = examine(ROWS, snapshot);
      assert.deepEqual(codesOf(findings(report)), [code]);
      const consequences = report.outcomes.filter(({ state }) => state === "follows");
      for (const expected of follows)
        assert.ok(codesOf(consequences.map(({ row }) => row)).includes(expected), expected);
      for (const { findings: found } of consequences)
        assert.deepEqual(codesOf(found.map(({ because = "" }) => ({ code: because }))), [code]);
      assert.equal(exitCode(report), findings(report)[0]?.severity === "blocked" ? 2 : 1);
      for (const text of [asJson(report), asJunit(report), forPeople(report)]) {
        assert.ok(!holds(text, CANARY), "a secret is in the report");
        assert.ok(text.includes(code));
      }
      for (const { fix, what, seen } of findings(report)) {
        assert.doesNotMatch(fix, /\{[a-zA-Z]+\}/, fix);
        assert.notEqual(what, "");
        assert.notEqual(seen, "", code);
      }
    });
  }

  it("delete a Secret that Helm would take for its record, and first what it is a copy of", () => {
    const snapshot = healthySnapshot();
    FAULTS.find(({ code }) => code === "helm-record-foreign")?.breaks(snapshot);
    const name = "sh.helm.release.v1.vcluster-dev-helm.v99";
    const fixes = (stack?: string) => findings(examine(ROWS, { ...snapshot, stack })).map(({ fix }) => fix);
    const inside = "-n shop delete secret";
    const onHost = "kubectl -n dev-vcluster delete secret";
    assert.deepEqual(fixes("dev"), [
      `${onHost} ${name}-x-shop-x-vcluster-dev-helm`,
      `kubectl --kubeconfig <(pulumi stack output kubeconfig --show-secrets --stack dev) ${inside} ${name} && ${onHost} mine --ignore-not-found`,
    ]);
    assert.match(
      fixes()[1] ?? "",
      /^vcluster connect vcluster-dev-helm -n dev-vcluster -- kubectl -n shop delete secret/,
    );
  });

  it("delete what no update can change: objects that were made again by hand, and quotas of others", () => {
    const fixesOf = (named: string, code: string, breaks?: (snapshot: ReturnType<typeof healthySnapshot>) => void) => {
      const snapshot = healthySnapshot();
      (breaks ?? FAULTS.find(({ name }) => name === named)?.breaks)?.(snapshot);
      const found = findings(examine(ROWS, { ...snapshot, stack: "dev" }));
      return found.filter((one) => one.code === code).map(({ fix }) => fix);
    };
    assert.deepEqual(
      fixesOf("a StatefulSet that was made again with another serviceName", "release-object-immutable"),
      ["kubectl delete StatefulSet vcluster-dev-helm -n dev-vcluster --cascade=orphan && make up STACK=dev"],
    );
    const deletion = ["kubectl -n dev-vcluster delete resourcequota other"];
    assert.deepEqual(fixesOf("by a quota of others", "control-plane-refused"), deletion);
    const full = fixesOf("", "quota-full", ({ read }) => {
      const status = { hard: { pods: "3" }, used: { pods: "3" } };
      read.quotas = [...read.quotas, { metadata: { name: "other" }, status }];
    });
    assert.deepEqual(full, deletion);
  });

  it("have a fault each", () => {
    const tested = new Set(FAULTS.map(({ code }) => code));
    assert.deepEqual(
      ROWS.map(({ code }) => code).filter((code) => !tested.has(code)),
      [],
    );
    assert.ok(ROWS.length >= 40);
  });

  it("have the code of every failure of the readiness check of `up`", () => {
    const codes = new Set(ROWS.filter(({ needs }) => needs.includes("api")).map(({ code }) => code));
    assert.deepEqual(
      Object.keys(API_CHECKS).filter((code) => !codes.has(code)),
      [],
    );
  });

  it("have unique codes, and follow from rows and sections that exist", () => {
    const codes = ROWS.map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
    for (const { code, follows = [] } of ROWS) {
      for (const cause of follows) assert.ok(codes.includes(cause) || cause in SECTIONS, `${code} follows ${cause}`);
    }
  });

  it("follow from each other in one direction only, so that a cause is always left", () => {
    const causes = new Map(
      ROWS.map((row) => [row.code, ROWS.filter((other) => mayCause(other, row)).map(({ code }) => code)]),
    );
    const visit = (code: string, path: readonly string[]): void => {
      assert.ok(!path.includes(code), [...path, code].join(" follows "));
      for (const cause of causes.get(code) ?? []) visit(cause, [...path, code]);
    };
    for (const { code } of ROWS) visit(code, []);
  });
});
