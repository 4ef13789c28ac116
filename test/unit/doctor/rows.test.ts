import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

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
    const file = `(file=$(mktemp); trap 'rm -f "$file"' EXIT; pulumi stack output kubeconfig --show-secrets --stack dev >"$file" && `;
    assert.deepEqual(fixes("dev"), [
      `${onHost} ${name}-x-shop-x-vcluster-dev-helm`,
      `${file}kubectl --kubeconfig "$file" ${inside} ${name}) && ${onHost} mine --ignore-not-found`,
    ]);
    assert.match(
      fixes()[1] ?? "",
      /^vcluster connect vcluster-dev-helm -n dev-vcluster -- kubectl -n shop delete secret/,
    );
  });

  it("restart the control plane where the Deployment of the DNS server inside is gone, and scale it where it is there", () => {
    const snapshot = healthySnapshot();
    const fixOf = () => findings(examine(ROWS, snapshot)).map(({ fix }) => fix);
    snapshot.read.insideDns = [];
    assert.match(fixOf().join(), /-n kube-system scale deployment\/coredns --replicas=1\)$/);
    snapshot.read.insideDnsDeployments = [];
    assert.deepEqual(fixOf(), ["kubectl -n dev-vcluster rollout restart statefulset/vcluster-dev-helm"]);
  });

  it("give kubectl inside a file of this user that it can read twice, and remove it", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "inside-"));
    try {
      const program = (name: string, script: string) => {
        fs.writeFileSync(path.join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      };
      program("pulumi", 'echo "$*"; exit "$STATUS"');
      program("kubectl", 'stat -c %a "$2"; cat "$2" "$2"; shift 2; echo "$*"; exit 4');
      const snapshot = healthySnapshot();
      snapshot.read.insideDns = [];
      const [{ fix } = { fix: "" }] = findings(examine(ROWS, snapshot));
      const temporary = path.join(directory, "tmp");
      fs.mkdirSync(temporary);
      const env = { PATH: `${directory}:${process.env["PATH"] ?? ""}`, TMPDIR: temporary };
      const run = (status: number) => {
        const { stdout, status: code } = spawnSync("bash", ["-c", `umask 022; ${fix}`], {
          env: { ...env, STATUS: String(status) },
          encoding: "utf8",
        });
        assert.deepEqual(fs.readdirSync(temporary), []);
        return { lines: stdout.trimEnd().split("\n"), code };
      };
      const output = "stack output kubeconfig --show-secrets --stack dev";
      const [mode, one, two, command] = run(0).lines;
      assert.deepEqual([mode, one, two], ["600", output, output]);
      assert.match(command ?? "", /^-n kube-system /);
      assert.equal(run(0).code, 4);
      assert.deepEqual(run(3), { lines: [""], code: 3 });
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
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
