import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import type { Report, Row } from "../../../doctor/model";
import { asJson } from "../../../doctor/print/json";
import { asJunit } from "../../../doctor/print/junit";
import { forPeople } from "../../../doctor/print/people";
import { withoutSecrets } from "../../../doctor/redact";
import { ROWS } from "../../../doctor/rows";
import { examine, exitCode, filled, findings } from "../../../doctor/run";
import { FAULTS } from "../../support/doctor-faults";
import { CANARY, healthySnapshot, NOW, token } from "../../support/doctor-snapshot";

function broken(code: string): Report {
  const snapshot = healthySnapshot();
  FAULTS.find((fault) => fault.code === code)?.breaks(snapshot);
  return examine(ROWS, snapshot, 1234);
}

describe("reports of the doctor", () => {
  it("have a line for each row, and cause, command and page below what was found", () => {
    const text = forPeople(broken("control-plane-scaled-down"));
    const [found = ""] = /\n {2}× [^]*?page: .*/.exec(text) ?? [];
    assert.deepEqual(
      found
        .trim()
        .split("\n")
        .map((line) => line.trim()),
      [
        "× the control plane has replicas: no [control-plane-scaled-down]",
        "StatefulSet dev-vcluster/vcluster-dev-helm: spec.replicas is 0",
        "cause: the control plane is scaled to 0 replicas: the API is unavailable",
        "fix: make up STACK=dev",
        "page: docs/doctor.md#control-plane-scaled-down",
      ],
    );
    assert.match(text, /^host\n {2}√ the host's API answers\n/);
    assert.match(text, /\n {2}~ the control plane's pods are ready: no, because of control-plane-scaled-down\n/);
    assert.match(text, /\nvcluster-dev-helm in dev-vcluster: 1 found, \d+ healthy, \d+ not looked at, 1\.2 s$/);
  });

  it("have colours only where they are asked for", () => {
    const report = broken("release-drift");
    assert.ok(!forPeople(report).includes("\u001b"));
    assert.ok(forPeople(report, { colours: true }).includes("\u001b[33m‼\u001b[0m"));
  });

  it("say what was not looked at, but not row by row where the host does not answer", () => {
    const denied = forPeople(broken("host-rights-missing"));
    assert.match(denied, /\n {2}- the virtual cluster's certificates are valid: not looked at, secrets is forbidden\n/);
    assert.ok(forPeople(broken("host-unreachable")).split("\n").length < 12);
  });

  it("list no more than five objects of a row for people, and all as JSON", () => {
    const row: Row = {
      ...(ROWS[0] as Row),
      needs: [],
      find: () => Array.from({ length: 9 }, (_, index) => ({ what: `Pod ${index}`, seen: "no" })),
    };
    const report = examine([row], healthySnapshot());
    assert.match(forPeople(report), /Pod 4: no\n {6}and 4 more: JSON=1 lists them\n/);
    assert.equal((JSON.parse(asJson(report)) as { findings: object[] }).findings.length, 9);
  });

  it("tell programs state, findings, consequences and rows", () => {
    const {
      state,
      findings: found,
      consequences,
      rows,
    } = JSON.parse(asJson(broken("control-plane-paused"))) as {
      state: string;
      findings: { code: string; fix: string }[];
      consequences: { code: string; because: string }[];
      rows: { code: string; state: string }[];
    };
    assert.equal(state, "findings");
    assert.deepEqual(
      found.map(({ code, fix }) => [code, fix]),
      [["control-plane-paused", "vcluster resume vcluster-dev-helm -n dev-vcluster"]],
    );
    assert.ok(consequences.every(({ because }) => because === "control-plane-paused"));
    assert.equal(rows.length, ROWS.length);
    assert.equal((JSON.parse(asJson(examine(ROWS, healthySnapshot()))) as { state: string }).state, "healthy");
  });

  it("are well-formed XML with a test for each row, whatever a message contains", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (seen) => {
        const row: Row = { ...(ROWS[0] as Row), needs: [], find: () => [{ what: "Pod a", seen: `x${seen}` }] };
        const text = asJunit(examine([row, ...ROWS.slice(1)], healthySnapshot()));
        assert.equal(text.split("<testcase ").length - 1, ROWS.length);
        // Every tag is closed in its order, and nothing else looks like one.
        const open: string[] = [];
        for (const [, end, name = "", self] of text.matchAll(/<(\/?)(\w+)(?:\s+\w+="[^"<]*")*\s*(\/?)>/g)) {
          if (end === "/") assert.equal(open.pop(), name);
          else if (self !== "/") open.push(name);
        }
        assert.deepEqual(open, []);
        const rest = text.replace(/^<\?xml[^>]*>/, "").replace(/<\/?\w+(?:\s+\w+="[^"<]*")*\s*\/?>/g, "");
        assert.doesNotMatch(rest, /[<>]|&(?!(amp|lt|gt|quot);)/);
      }),
    );
  });

  it("count what failed and what was skipped for CI", () => {
    const text = asJunit(broken("control-plane-scaled-down"));
    assert.match(text, /<testsuite name="control plane" tests="\d+" failures="1" skipped="\d+">/);
    assert.match(text, /name="control-plane-scaled-down"><failure type="error" message="the control plane is scaled/);
    assert.match(text, /name="control-plane-not-ready"><skipped message="follows from control-plane-scaled-down"\/>/);
  });

  it("have an exit status for healthy, findings and no look", () => {
    assert.equal(exitCode(examine(ROWS, healthySnapshot())), 0);
    assert.equal(exitCode(broken("release-drift")), 1);
    assert.equal(exitCode(broken("host-unreachable")), 2);
    // What was found is worth more than what was not looked at.
    const snapshot = healthySnapshot();
    for (const code of ["host-answers-missing", "quota-missing"])
      FAULTS.find((fault) => fault.code === code)?.breaks(snapshot);
    assert.equal(exitCode(examine(ROWS, snapshot)), 1);
  });

  it("have other commands for an environment without a stack", () => {
    const snapshot = healthySnapshot();
    FAULTS.find(({ code }) => code === "control-plane-scaled-down")?.breaks(snapshot);
    const [found] = findings(examine(ROWS, { ...snapshot, stack: undefined }));
    assert.equal(found?.fix, "kubectl -n dev-vcluster scale statefulset/vcluster-dev-helm --replicas=1");
  });

  it("fill in what is in braces, and leave those of JSON and shells", () => {
    assert.equal(
      filled(`kubectl -n {a} patch -p '{"b":{"c":null}}' {d}`, { a: 1 }),
      `kubectl -n 1 patch -p '{"b":{"c":null}}' {d}`,
    );
  });
});

describe("messages without secrets", () => {
  it("mask tokens, keys, passwords in URLs and fields, and bearer tokens", () => {
    for (const text of [
      `${token(NOW)}${CANARY}`,
      `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
      `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}`,
      Buffer.from(`-----BEGIN PRIVATE KEY-----\n${CANARY}`).toString("base64"),
      `cannot pull https://user:${CANARY}@registry.example.org/x`,
      `Authorization: Bearer ${CANARY}`,
      `password=${CANARY}`,
      `"apiKey": "${CANARY}"`,
    ]) {
      assert.ok(!withoutSecrets(text).includes(CANARY), text);
      assert.match(withoutSecrets(text), /\*\*\*/);
    }
  });

  it("leave what names objects, in one line of bounded length", () => {
    const text =
      'Secret dev-vcluster/vc-dev: label argocd.argoproj.io/secret-type is missing; user "system:serviceaccount:a:b"';
    assert.equal(withoutSecrets(text), text);
    assert.equal(withoutSecrets("a\n\u001b[31mb\tc"), "a [31mb c");
    assert.equal(withoutSecrets("x".repeat(5_000)).length, 600);
  });
});
