import { setTimeout as delay } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";

import { Cluster, reference } from "../testing/cluster";
import type { Bench, Measured, Options, Table } from "./bench";
import type { Contender } from "./candidate";
import { ours } from "./environment";
import { helm } from "./helm";
import { podProcesses } from "./processes";
import { ratio } from "./statistics";

const TUNED = "as it comes";
const UNTUNED = "without the tuning";
const CHART = "chart defaults";
const MINUTES = 5;
const EVERY_SECONDS = 10;
const SETTLE_SECONDS = 60;

/** The keys that undo what components/vcluster/tuning.ts and the default probes set. */
export const AS_THE_CHART = {
  controlPlane: { probes: { startup: { periodSeconds: 6, failureThreshold: 300 } } },
  values: {
    controlPlane: { distro: { k8s: { controllerManager: { extraArgs: [] } } }, statefulSet: { env: [] } },
  },
};

export const footprint: Bench = {
  name: "footprint",
  title: `An idle environment over ${MINUTES} minutes`,
  run: measure,
};

interface Sample {
  /** MiB by process. */
  readonly proportional: Readonly<Record<string, number>>;
  readonly anonymous: Readonly<Record<string, number>>;
  readonly cpu: Readonly<Record<string, number>>;
}

async function measure({ quick, progress }: Options): Promise<Measured> {
  const contenders: Record<string, Contender> = {
    [TUNED]: await ours("bench-tuned"),
    [UNTUNED]: await ours("bench-untuned", AS_THE_CHART),
    [CHART]: helm("bench-helm"),
  };
  const samples: Record<string, Sample[]> = {};
  try {
    for (const contender of Object.values(contenders)) {
      await contender.down(); // of a run that was killed
      await contender.up();
    }
    progress("three environments are up; they come to rest");
    await delay((quick ? 5 : SETTLE_SECONDS) * 1000);
    const uids = await Promise.all(Object.values(contenders).map(uidOf));
    const end = Date.now() + (quick ? 20 : MINUTES * 60) * 1000;
    while (Date.now() < end) {
      Object.keys(contenders).forEach((name, i) => (samples[name] ??= []).push(sample(uids[i] ?? "")));
      progress(`${Math.max(0, Math.round((end - Date.now()) / 1000))} s to go`);
      await delay(EVERY_SECONDS * 1000);
    }
  } finally {
    for (const contender of Object.values(contenders)) await contender.down();
  }
  return evaluate(samples);
}

function evaluate(samples: Record<string, Sample[]>): Measured {
  const total = (title: string, value: (sample: Sample) => Readonly<Record<string, number>>): Table => ({
    title,
    unit: "MiB",
    series: Object.entries(samples).map(([name, list]) => ({ name, values: list.map((one) => sum(value(one))) })),
  });
  const memory = total("Memory of the control plane's pod, its share of file pages included", (s) => s.proportional);
  const anonymous = total("of it anonymous: what the kernel cannot drop", (s) => s.anonymous);
  const byProcess = Object.entries(samples).flatMap(([contender, list]) =>
    Object.keys(list[0]?.proportional ?? {}).map((process) => ({
      name: `${contender}: ${process}`,
      values: list.map(({ proportional }) => proportional[process] ?? 0),
    })),
  );
  const cpu = Object.entries(samples).map(([name, list]) => ({
    name,
    values: list.slice(1).map((one, i) => (sum(one.cpu) - sum(list[i]?.cpu ?? {})) / EVERY_SECONDS),
  }));
  return {
    tables: [
      memory,
      anonymous,
      { title: "Memory by process", unit: "MiB", series: byProcess },
      { title: "Processor", unit: "cores", series: cpu },
    ],
    targets: [
      { name: "anonymous memory, of the chart's tuning", value: ratio(anonymous, TUNED, UNTUNED), limit: 0.85 },
      { name: "all memory, of the chart's tuning", value: ratio(memory, TUNED, UNTUNED), limit: 0.85 },
    ],
    notes: [
      "Three environments side by side, nothing in them but their own DNS server; a sample of every process of each control plane's " +
        "pod each ten seconds, from /proc.",
      `\`${UNTUNED}\`: the same functions, with the chart's probes and without what components/vcluster/tuning.ts sets. \`${CHART}\`: ` +
        "`helm install` with defaults, which has no virtual scheduler, and copies neither nodes, ingresses, Secrets nor ConfigMaps.",
      "File pages are those of the five programs, some 250 MiB that every environment has of its own because the chart copies the " +
        "programs of Kubernetes into each pod. They can be dropped and read again; anonymous memory cannot, and there is no swap.",
    ],
  };
}

async function uidOf({ names }: Contender): Promise<string> {
  const pod = await Cluster.host().get<V1Pod>(reference("v1", "Pod", names.pod, names.namespace));
  if (!pod?.metadata?.uid) throw new Error(`there is no pod ${names.namespace}/${names.pod}`);
  return pod.metadata.uid;
}

function sample(uid: string): Sample {
  const proportional: Record<string, number> = {};
  const anonymous: Record<string, number> = {};
  const cpu: Record<string, number> = {};
  for (const process of podProcesses(uid)) {
    proportional[process.name] = (proportional[process.name] ?? 0) + process.proportional;
    anonymous[process.name] = (anonymous[process.name] ?? 0) + process.anonymous;
    cpu[process.name] = (cpu[process.name] ?? 0) + process.cpu;
  }
  if (Object.keys(cpu).length < 4) throw new Error(`pod ${uid}: its processes are not to be seen in /proc`);
  return { proportional, anonymous, cpu };
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
