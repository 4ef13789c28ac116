import { setTimeout as sleep } from "node:timers/promises";

import { readBefore } from "../../doctor/before/read";
import { ROWS_BEFORE } from "../../doctor/before/rows";
import { bundle } from "../../doctor/bundle/bundle";
import type { Report } from "../../doctor/model";
import { asJson } from "../../doctor/print/json";
import { asJunit } from "../../doctor/print/junit";
import { forPeople } from "../../doctor/print/people";
import { readSnapshot } from "../../doctor/read/read";
import { ROWS } from "../../doctor/rows";
import { examine, exitCode, findings } from "../../doctor/run";
import type { Snapshot, Subject } from "../../doctor/snapshot";
import { foundSubject, stackSubject } from "../../doctor/subject";
import { connect, type HostClient } from "../../host/client";
import { CodedError } from "../../shared/coded";
import { hostOptions } from "../host-client";
import { readConfig } from "../pulumi";
import { writeReport } from "../report-file";
import { stackSettings } from "../stack-settings";
import type { StackAccess } from "../target";

export interface DoctorOptions {
  readonly json?: boolean;
  /** Looks at a host before the first update of the environment. */
  readonly before?: boolean;
  /** Looks again until nothing is found, and prints what is waited for. */
  readonly watch?: boolean;
  /** File for the report as JUnit's XML. */
  readonly junit?: string | undefined;
  /** File for everything that a maintainer needs, without secrets. */
  readonly bundle?: string | undefined;
  /** An environment by its place on the host of the kubeconfig, without a stack. */
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
}

/** Of one request. The whole is three steps of requests that run side by side. */
const REQUEST_MS = 5_000;
/** An environment comes up within this time, images included. */
const WATCH_MS = 900_000;
const PAUSE_MS = 2_000;

/** Looks at the environment of a stack, or at any virtual cluster, and prints what is wrong with it. Sets the exit code. */
export async function doctor(target: () => Promise<StackAccess>, options: DoctorOptions): Promise<void> {
  const start = Date.now();
  const { host, subject } = options.namespace === undefined ? await ofStack(await target()) : await ofPlace(options);
  const look = async (since: number) => {
    const snapshot = await (options.before === true ? before(host, subject) : readSnapshot(host, subject));
    return { snapshot, report: examine(options.before === true ? ROWS_BEFORE : ROWS, snapshot, Date.now() - since) };
  };
  const { snapshot, report } = options.watch === true ? await watch(look) : await look(start);
  if (options.junit !== undefined) writeReport(options.junit, `${asJunit(report)}\n`);
  if (options.bundle !== undefined) {
    writeReport(options.bundle, await bundle(host, snapshot, report), 0o600);
    console.error(
      `${options.bundle} has the report, the objects that it was made of and logs; look at it before you hand it on.`,
    );
  }
  const colours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  console.log(options.json === true ? asJson(report) : forPeople(report, { colours }));
  process.exitCode = exitCode(report);
}

type Look = (since: number) => Promise<{ snapshot: Snapshot; report: Report }>;

/** Looks again and again, until nothing is found. What is found now is a line on standard error, whenever it changes. */
async function watch(look: Look, limitMs = WATCH_MS): Promise<Awaited<ReturnType<Look>>> {
  const start = Date.now();
  for (let last = ""; ;) {
    const looked = await look(Date.now());
    const found = [...new Set(findings(looked.report).map(({ code }) => code))].join(", ");
    if (found !== last && found !== "") console.error(`${Math.round((Date.now() - start) / 1000)} s: ${found}`);
    if (found === "" || Date.now() - start > limitMs) return looked;
    last = found;
    await sleep(PAUSE_MS);
  }
}

async function before(host: HostClient, { expected, ...subject }: Subject): Promise<Snapshot> {
  if (expected === undefined) {
    throw new CodedError(
      "A look before the first update needs a stack's configuration. Fix: leave out --namespace.",
      "doctor-stack-missing",
    );
  }
  return readBefore(host, { ...subject, expected });
}

/** One look, by all rows. Never rejects. */
export async function diagnose(host: HostClient, subject: Subject, start = Date.now()): Promise<Report> {
  const snapshot = await readSnapshot(host, subject);
  return examine(ROWS, snapshot, Date.now() - start);
}

async function ofStack(target: StackAccess): Promise<{ host: HostClient; subject: Subject }> {
  const config = await readConfig(target);
  const host = connect(await hostOptions(target, config), { requestMs: REQUEST_MS });
  return { host, subject: stackSubject(target.stack, stackSettings(target.stack, config)) };
}

async function ofPlace({ namespace = "", release = "" }: DoctorOptions) {
  if (release === "") {
    throw new CodedError("--namespace needs --release. Fix: `helm list -A` shows both.", "doctor-release-missing");
  }
  const host = connect({ env: process.env }, { requestMs: REQUEST_MS });
  return { host, subject: await foundSubject(host, namespace, release) };
}
