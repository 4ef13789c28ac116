import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1ServiceAccount } from "@kubernetes/client-node";

import { diagnose } from "../../cli/commands/doctor";
import { settings } from "../../components/config/defaults";
import type { Finding, Report } from "../../doctor/model";
import { exitCode, findings } from "../../doctor/run";
import { type Subject } from "../../doctor/snapshot";
import { foundSubject, stackSubject } from "../../doctor/subject";
import { connect, HostClient } from "../../host/client";
import { findHost } from "../../host/kubeconfig";
import { domain } from "../../local/settings";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import { type JsonObject, merge } from "../../shared/json";
import { table } from "../../shared/table";
import { waitFor } from "../../shared/wait";
import { Cluster, reference } from "../../testing/cluster";
import { type Charts, chartsForArgocd, committed } from "../support/argocd-delivery";
import { holds } from "../support/canary";
import { INJECTIONS, type World } from "../support/doctor-injections";
import { destroy, environment } from "../support/environments";
import { keepResult } from "../support/results";
import { webChart } from "../support/core-checks";

/** A doctor has so long, in milliseconds. */
const HEALTHY_MS = 15_000;
const BROKEN_MS = 30_000;
const FOUND_MS = 240_000;
const HEALED_MS = 420_000;
const stackFile = path.join(checkoutDir, "Pulumi.dev.yaml");

/** What became of one fault. */
interface Row {
  readonly fault: string;
  readonly expected: string;
  found: string;
  follows: string;
  seconds: string;
  fix: string;
  healed: string;
}

describe("the doctor", function () {
  this.timeout(1_800_000);
  const host = Cluster.host();
  const client = connect({ env: process.env }, { requestMs: 5_000 });
  const rows: Row[] = [];
  const overlay = JSON.parse(fs.readFileSync(process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] ?? "", "utf8")) as JsonObject;
  const committedFile = fs.readFileSync(stackFile, "utf8");
  let world: World;
  let charts: Charts | undefined;

  const shell = async (script: string, timeoutMs = 900_000) =>
    succeeded(await exec("bash", ["-ec", script], { cwd: checkoutDir, timeoutMs })).stdout;
  const subjectOf = (name: string, more: JsonObject = {}): Subject =>
    stackSubject(name, settings(name, merge(merge({ domain, ...committed(name) }, overlay), more) as never));
  const dev = subjectOf("dev");
  const codes = (found: readonly Finding[]) => [...new Set(found.map(({ code }) => code))].sort();

  before(async () => {
    charts = await chartsForArgocd(host, "e2e-doctor-charts", webChart);
    world = { host, env: await environment("dev"), shell };
    await environment("staging");
  });
  after(async () => {
    fs.writeFileSync(stackFile, committedFile);
    const head = ["fault", "expected", "found", "reported as consequences", "found after", "command", "healed after"];
    const exact = rows.filter(({ expected, found }) => expected === found).length;
    const healed = rows.filter(({ healed: after }) => after.endsWith(" s")).length;
    keepResult("doctor", {
      title: "Faults that the doctor names",
      text:
        `${rows.length} faults: ${exact} named by exactly their code, ${healed} healed by the printed command\n\n` +
        table([
          head,
          ...rows.map((row) => [row.fault, row.expected, row.found, row.follows, row.seconds, row.fix, row.healed]),
        ]),
      data: rows,
    });
    await charts?.remove();
    await destroy("dev");
    await destroy("staging");
  });

  /** Looks until the report is as it should be. @returns the last report, whatever it is */
  async function lookUntil(is: (report: Report) => boolean, timeoutMs: number, subject = dev): Promise<Report> {
    let last = await diagnose(client, subject);
    await waitFor(
      async () => {
        last = await diagnose(client, subject);
        return is(last);
      },
      { what: "the doctor", timeoutMs, everyMs: 2_000 },
    ).catch(() => undefined);
    return last;
  }
  const healthy = (report: Report) => exitCode(report) === 0;
  /** A control plane that was healed without a new pod has restarted, and the doctor says so for an hour. */
  const healed = (report: Report) => findings(report).every(({ code }) => code === "control-plane-restarting");

  describe("in a healthy environment", () => {
    for (const name of ["dev", "staging"]) {
      it(`finds nothing in ${name}, within ${HEALTHY_MS / 1000} s`, async () => {
        const report = await lookUntil(healthy, 60_000, subjectOf(name));
        assert.deepEqual(findings(report), []);
        assert.ok(report.milliseconds <= HEALTHY_MS, String(report.milliseconds));
        const skipped = report.outcomes.filter(
          ({ state, reason }) => state === "skipped" && reason !== "does not apply",
        );
        // Storage of the local host has no size of its own.
        const names = skipped.map(({ row }) => row.code).filter((code) => !code.startsWith("volume-"));
        assert.deepEqual(names, []);
      });
    }

    it("finds nothing by namespace and release alone", async () => {
      const subject = await foundSubject(client, dev.names.namespace, dev.names.release);
      assert.equal(subject.names.apiUrl, dev.names.apiUrl);
      assert.deepEqual(findings(await lookUntil(healthy, 60_000, subject)), []);
    });

    it("finds nothing in an environment that Argo CD delivers", async () => {
      const name = "doctor-argocd";
      const config = { ...committed("staging"), delivery: "argocd" };
      try {
        await environment(name, config, charts?.env);
        const subject = stackSubject(
          name,
          settings(name, merge({ domain, ...config, environment: name }, overlay) as never),
        );
        assert.deepEqual(findings(await lookUntil(healthy, 120_000, subject)), []);
      } finally {
        await destroy(name);
      }
    });

    it("prints it, and exits with 0, by make doctor", async () => {
      const text = await shell("make -s doctor STACK=dev");
      assert.match(text, /nothing found, \d+ healthy/);
      assert.doesNotMatch(text, /[×‼~]/);
    });
  });

  describe("finds the cause, and prints the command that heals it:", () => {
    for (const { code, name, inject, undo, decides } of INJECTIONS) {
      it(`${name} (${code})`, async () => {
        const row: Row = { fault: name, expected: code, found: "", follows: "", seconds: "", fix: "", healed: "no" };
        rows.push(row);
        const before = await lookUntil(healthy, HEALED_MS);
        assert.deepEqual(findings(before), [], "the environment was not healthy before");
        const start = Date.now();
        await (typeof inject === "string" ? shell(inject) : inject(world));
        const report = await lookUntil((one) => same(worst(one), [code]), FOUND_MS);
        const found = findings(report);
        row.found = worst(report).join(" ");
        row.follows = codes(
          report.outcomes.filter(({ state }) => state === "follows").flatMap((one) => one.findings),
        ).join(" ");
        row.seconds = seconds(start);
        const commands = [...new Set(found.filter((one) => one.code === code).map(({ fix }) => fix))];
        row.fix = commands.join("; ");
        const then = Date.now();
        try {
          assert.deepEqual(worst(report), [code], JSON.stringify(found, undefined, 2));
          assert.ok(report.milliseconds <= BROKEN_MS, String(report.milliseconds));
          for (const command of commands) await shell(command);
          if (decides !== undefined) await shell(decides);
          const after = await lookUntil(healed, HEALED_MS);
          assert.ok(healed(after), `after ${commands.join("; ")}: ${JSON.stringify(findings(after), undefined, 2)}`);
          row.healed = decides === undefined ? seconds(then) : "by a person";
          if (!healthy(after)) await shell(`kubectl -n ${dev.names.namespace} delete pod ${dev.names.pod}`);
        } finally {
          if (undo !== undefined) await shell(undo);
          const changed = fs.readFileSync(stackFile, "utf8") !== committedFile;
          fs.writeFileSync(stackFile, committedFile);
          // One fault that is not healed must not be found in all that follow.
          if (changed || row.healed === "no") await exec("make", ["up", "STACK=dev"], { cwd: checkoutDir });
        }
      });
    }
  });

  describe("where it cannot look", () => {
    it("reports a host that does not answer", async () => {
      const away = { ...findHost({ env: process.env }), server: "https://127.0.0.1:1" };
      const report = await diagnose(new HostClient(away as never, { requestMs: 2_000 }), dev);
      assert.deepEqual(codes(findings(report)), ["host-unreachable"]);
      assert.equal(exitCode(report), 2);
    });

    it("reports what a user without rights may not read", async () => {
      const nobody = reference("v1", "ServiceAccount", "e2e-doctor", "default");
      await host.apply<V1ServiceAccount>(nobody);
      try {
        const token = (await shell("kubectl -n default create token e2e-doctor")).trim();
        const found = findHost({ env: process.env });
        assert.ok(found);
        const report = await diagnose(new HostClient({ ...found, user: { token } }, { requestMs: 5_000 }), dev);
        assert.deepEqual(codes(findings(report)), ["host-rights-missing"]);
        assert.equal(exitCode(report), 2);
        assert.ok(!holds(JSON.stringify(report), token));
      } finally {
        await host.remove(nobody);
      }
    });
  });

  /** Codes of the highest severity that was found. */
  function worst(report: Report): string[] {
    const found = findings(report);
    const errors = found.filter(({ severity }) => severity !== "warning");
    return codes(errors.length > 0 ? errors : found);
  }
  const same = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  const seconds = (since: number) => `${Math.round((Date.now() - since) / 1000)} s`;
});
