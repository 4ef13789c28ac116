import type { Settings } from "../components/config/defaults";
import { check, type Problem } from "../shared/errors";
import { getIn, getPath, isPlainObject, type JsonObject } from "../shared/json";
import {
  chartsBetween,
  isAtLeast,
  knownSkew,
  minorOf,
  UNRELEASED,
  virtualKubernetes,
} from "../shared/vcluster/versions";
import type { RunningState } from "./changes";

/** Versions that an environment has, as far as they are known. */
export interface Versions {
  /** Of the chart. */
  readonly chart?: string | undefined;
  /** Minor version of Kubernetes. */
  readonly kubernetes?: string | undefined;
}

const LIFT = "set it back, or set persistence.allowDataLoss to true for this one change, after a backup";

/** Versions of a control plane that runs, by what the chart notes on it; values are in a Secret, which not everybody reads. */
export function runningVersions({ statefulSet, values }: Pick<RunningState, "statefulSet" | "values">): Versions {
  const containers = getPath(statefulSet ?? {}, "spec.template.spec.initContainers");
  const images = Array.isArray(containers) ? containers.map((container) => String(getIn(container, "image"))) : [];
  const image = images.flatMap((name) => /\/kubernetes:(v[\w.-]+)$/.exec(name)?.[1] ?? [])[0];
  const label = /^vcluster-(\d.*)$/.exec(String(getIn(statefulSet, "metadata", "labels", "chart")))?.[1];
  const tag = image ?? getPath(values ?? {}, "controlPlane.distro.k8s.image.tag");
  return {
    chart: label === UNRELEASED ? undefined : label?.replaceAll("_", "+"),
    kubernetes: typeof tag === "string" ? minorOf(tag) : undefined,
  };
}

/**
 * Changes of versions that are known to fail: older versions do not read what newer ones wrote, Kubernetes upgrades over one
 * minor version at a time, and some versions do not work together.
 *
 * @param host minor version of the host's Kubernetes, where it is known
 */
export function upgradeProblems(env: Settings, existing: RunningState, host: string | undefined): Problem[] {
  const { chart, kubernetes } = runningVersions(existing);
  const wanted = wantedVersions(env);
  // A pod that was never ready has not changed the store, and setting the version back is how it is repaired.
  const started = chart !== undefined && isRolledOut(existing.statefulSet);
  const lifted = env.persistence.allowDataLoss;
  return [
    ...(started && !lifted ? [...chartDowngrade(chart, wanted.chart), ...kubernetesStep(kubernetes, wanted)] : []),
    // One that is there already must not block the steps that lead out of it.
    ...(chart === undefined || skew({ chart, kubernetes }, host).length === 0 ? skew(wanted, host) : []),
  ];
}

/** What an update says of the versions that it changes, and of those that it leaves. */
export function upgradeNotices(env: Settings, existing: RunningState, host: string | undefined): string[] {
  const running = runningVersions(existing);
  const wanted = wantedVersions(env);
  const stays =
    skew(running, host).length > 0 ? skew(wanted, host).map(({ problem, fix }) => `${problem}. Fix: ${fix}`) : [];
  const { chart } = running;
  if (chart === undefined || chart === wanted.chart) return stays;
  const steps = chartsBetween(chart, wanted.chart);
  const ends = steps.at(-1)?.endOfLife;
  const today = new Date().toISOString().slice(0, 10);
  return [
    ...stays,
    [`The chart goes from ${chart} to ${wanted.chart}`, ...steps.flatMap(({ changes = [] }) => changes)].join("; "),
    ...(steps.length > 1
      ? [
          `This skips ${steps.length - 1} minor versions of the chart; upstream tests single steps: ${steps.map(({ minor }) => minor).join(", ")}`,
        ]
      : []),
    ...(ends !== undefined && ends < today ? [`Chart ${wanted.chart} has no security fixes since ${ends}`] : []),
  ];
}

function wantedVersions({ chart, kubernetesVersion }: Settings): Required<Readonly<Record<keyof Versions, string>>> {
  return { chart: chart.version, kubernetes: virtualKubernetes(chart.version, kubernetesVersion) };
}

function chartDowngrade(running: string, wanted: string): Problem[] {
  const [from, to] = [minorOf(running), minorOf(wanted)];
  return check(from === undefined || to === undefined || isAtLeast(to, from), {
    path: "chart.version",
    code: "chart-downgrade",
    problem: `the environment runs chart ${running}, and ${wanted} may not read what that has written`,
    allowed: `${running} or newer`,
    fix: LIFT,
  });
}

function kubernetesStep(running: string | undefined, { kubernetes: wanted }: Required<Versions>): Problem[] {
  if (running === undefined || wanted === undefined) return [];
  const minor = (version: string) => Number(version.split(".")[1]);
  const next = `${running.split(".")[0]}.${minor(running) + 1}`;
  if (!isAtLeast(wanted, running)) {
    return check(false, {
      path: "kubernetesVersion",
      code: "kubernetes-downgrade",
      problem: `the virtual cluster runs Kubernetes ${running}, and ${wanted} may not read what that has written`,
      allowed: `${running} or ${next}`,
      fix: LIFT,
    });
  }
  return check(isAtLeast(next, wanted), {
    path: "kubernetesVersion",
    code: "kubernetes-step",
    problem: `Kubernetes ${running} to ${wanted} skips minor versions, which upstream does not support`,
    allowed: `${running} or ${next}`,
    fix: `set a version of ${next} first, a tag of the image loft-sh/kubernetes, and update`,
  });
}

function skew({ chart, kubernetes }: Versions, host: string | undefined): Problem[] {
  if (host === undefined || chart === undefined || kubernetes === undefined) return [];
  const reason = knownSkew(chart, kubernetes, host);
  return check(reason === undefined, {
    path: "kubernetesVersion",
    code: "kubernetes-skew",
    problem: reason ?? "",
    allowed: "1.34 or newer, or a chart from 0.36.1 on",
    fix: "set kubernetesVersion, one minor version at a time where the environment runs, or upgrade the chart",
  });
}

/** Whether every pod has been ready with the current version: until then the StatefulSet has the revision before it too. */
function isRolledOut(statefulSet: JsonObject | undefined): boolean {
  const status = statefulSet?.["status"];
  if (!isPlainObject(status)) return true;
  return status["currentRevision"] === status["updateRevision"];
}
