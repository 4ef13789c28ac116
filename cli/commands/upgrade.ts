import { CodedError } from "../../shared/coded";
import { getIn } from "../../shared/json";
import { versionsBeside } from "../../shared/vcluster/charts-on-disk";
import {
  chartOf,
  chartsBetween,
  isNewer,
  nextRelease,
  TESTED_VERSION,
  virtualKubernetes,
} from "../../shared/vcluster/versions";
import { isExactVersion } from "../../shared/version";
import { checkEnvironment, notLookedAt } from "../check-environment";
import { previewChange } from "../preview-change";
import { readConfig } from "../pulumi";
import { findEnvironment, readOverlay, versionsOf } from "../running-environment";
import type { Target } from "../target";
import { apply } from "./up";

/** What decides an upgrade. */
interface Situation {
  /** Release of the chart that runs; undefined where that is not known. */
  readonly running?: string | undefined;
  /** Minor version of Kubernetes that runs. */
  readonly runningKubernetes?: string | undefined;
  /** `chart.version` and `kubernetesVersion` of the configuration. */
  readonly configured?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
  /** Releases that the host has, oldest first. @default - those of the table */
  readonly available?: readonly string[] | undefined;
  /** The release that was asked for. @default - the next one */
  readonly wanted?: string | undefined;
}

/** An upgrade of one step. */
export interface Plan {
  readonly from: string;
  /** Null where there is no newer one. */
  readonly to: string | null;
  /** Minor versions of Kubernetes inside. */
  readonly kubernetes: Readonly<Record<"from" | "to", string>>;
  /** Last day with security fixes of the release that it leads to, as YYYY-MM-DD. */
  readonly endOfLife: string;
  /** What the release brings. */
  readonly changes: readonly string[];
  /** Releases to which the same command leads afterwards. */
  readonly remaining: readonly string[];
}

/** The next step of an environment. One that is configured already and does not run yet comes first. */
export function planUpgrade(situation: Situation): Plan {
  const { running, runningKubernetes, configured = TESTED_VERSION, kubernetesVersion, available, wanted } = situation;
  const from = running ?? configured;
  const to = wanted ?? (isNewer(configured, from) ? configured : nextRelease(from, available));
  const remaining: string[] = [];
  for (let next = nextRelease(to ?? from, available); next !== undefined; next = nextRelease(next, available)) {
    remaining.push(next);
  }
  return {
    from,
    to: to ?? null,
    kubernetes: {
      from: runningKubernetes ?? virtualKubernetes(from, kubernetesVersion),
      to: virtualKubernetes(to ?? from, kubernetesVersion),
    },
    endOfLife: chartOf(to ?? from).endOfLife,
    changes: to === undefined ? [] : chartsBetween(from, to).flatMap(({ changes = [] }) => changes),
    remaining,
  };
}

/**
 * Upgrades the environment by one release of the chart: sets `chart.version` in the stack's file, previews, and applies. What
 * the preview refuses leaves the file as it was.
 *
 * @param wanted the release. Default: the next one
 * @param json prints the plan for scripts, and changes nothing
 */
export async function upgrade(target: Target, wanted?: string, json = false): Promise<void> {
  if (wanted !== undefined && !isExactVersion(wanted)) {
    throw new CodedError(
      `${wanted} is not an exact version of the chart. Fix: TO=${TESTED_VERSION}, for example.`,
      "upgrade-version-invalid",
    );
  }
  const { stack, environment } = target;
  const { configured, ...situation } = await situationOf(target);
  const plan = planUpgrade({ ...situation, configured, wanted });
  if (json) {
    console.log(JSON.stringify({ stack, environment, ...plan }, undefined, 2));
    return;
  }
  console.log(describePlan(environment, plan));
  const { from, to } = plan;
  if (to === null) {
    if (situation.available !== undefined) console.log("`make build-vcluster` adds other versions to the local host.");
    return;
  }
  const refused = () =>
    new CodedError(
      `The preview of ${to} failed, for the reasons above: nothing was changed, Pulumi.${stack}.yaml included.`,
      "upgrade-refused",
    );
  previewChange(target, configured === to ? undefined : ["chart.version", to], refused);
  let [unchecked, pending] = ["", ""];
  try {
    await apply(target);
    const found = await findEnvironment(target);
    pending = await checkEnvironment(found);
    unchecked = notLookedAt(found);
  } catch (error) {
    console.error(
      `The environment's objects are kept. The way back, as long as the control plane of ${to} was never ready: ` +
        `\`pulumi config set --path chart.version ${from} --stack ${stack}\` and \`make up STACK=${stack}\`.`,
    );
    throw error;
  }
  console.log(`\nEnvironment ${environment} runs chart ${to}${unchecked}. Commit Pulumi.${stack}.yaml.${next(plan)}`);
  // A chart that runs has no way back, and they may have been broken before.
  if (pending !== "") console.warn(pending);
}

/** The plan in words. */
export function describePlan(environment: string, { from, to, kubernetes, endOfLife, changes }: Plan): string {
  const today = new Date().toISOString().slice(0, 10);
  const end = endOfLife < today ? `no security fixes since ${endOfLife}` : `security fixes until ${endOfLife}`;
  if (to === null) return `Environment ${environment} runs chart ${from}, and there is no newer one here (${end}).`;
  return [
    `Environment ${environment}: chart ${from} to ${to} (${end}).`,
    kubernetes.from === kubernetes.to
      ? `Kubernetes inside stays ${kubernetes.to}.`
      : `Kubernetes inside goes from ${kubernetes.from} to ${kubernetes.to}.`,
    ...changes.map((change) => `- ${change}`),
  ].join("\n");
}

function next({ remaining: [following] }: Plan): string {
  return following === undefined ? "" : ` The next step is ${following}.`;
}

async function situationOf(target: Target): Promise<Situation> {
  const config = await readConfig(target);
  const overlay = readOverlay();
  const chart: unknown = JSON.parse(config["vcluster-environments:chart"] || "{}");
  if (getIn(chart, "path") !== undefined) {
    throw new CodedError(
      `Stack ${target.stack} has the chart of a directory (chart.path). Fix: replace the chart there, and set chart.version to its version.`,
      "upgrade-chart-path",
    );
  }
  const { chart: running, kubernetes } = await versionsOf(await findEnvironment(target));
  const version = getIn(chart, "version");
  const directory = getIn(overlay["chart"], "path");
  return {
    running,
    runningKubernetes: kubernetes,
    configured: typeof version === "string" ? version : undefined,
    kubernetesVersion: overlay["kubernetesVersion"] ?? (config["vcluster-environments:kubernetesVersion"] || undefined),
    available: typeof directory === "string" ? versionsBeside(directory) : undefined,
  };
}
