import {
  type CustomResourceOptions,
  type Inputs,
  isSecret,
  output,
  type ResourceOptions,
  type ResourceTransformation,
  type ResourceTransformationResult,
} from "@pulumi/pulumi";

import { applicationSpec, digest } from "../components/argocd/applications";
import { ARGOCD_CLUSTER } from "../components/argocd/conflicts";
import { SIZE_KEY, valuesOf } from "../components/config/chart-keys";
import { type Settings, usesEtcd } from "../components/config/defaults";
import type { ResolvedEnvironment } from "../components/config/resolved";
import { RECONNECTED, reconnection } from "../components/jobs/applications-input";
import { IDENTITY_ANNOTATION } from "../components/kubernetes/ownership";
import { applicationName, configSecretName } from "../components/names";
import { getIn, getPath, type JsonObject, merge, nest } from "../shared/json";
import { replicasChange } from "./changes";
import { lacksCertificates } from "./conflicts";
import { differences, withoutValues } from "./drift";
import { isInterrupted, SUPERSEDED, UNINSTALLED } from "../host/helm-records";
import { type HostState, VOLUME_CLAIM } from "./host-state";
import { hasRun } from "./interrupted";
import { volumeMadeAgain } from "./new-volume";
import type { ReleaseState } from "./release";
import { tokenIn, type TokenTrial, tryApi, tryToken } from "./virtual-api";

/** What has to be made again although its declaration has not changed, and why. Nothing where a reason is missing. */
export interface Repairs {
  /** For the Helm release: an upgrade restores every object of it. */
  readonly release?: string | undefined;
  /** For the control plane's pods, which the same upgrade restarts. */
  readonly restart?: string | undefined;
  /** For the readiness check. */
  readonly readiness?: string | undefined;
  /** For Argo CD's account inside the virtual cluster, and its token. */
  readonly credential?: string | undefined;
  /** That it gets a token, where that is no repair of one: there may never have been any. */
  readonly newToken?: string;
  /** What {@link reconnection} returns of Applications that the new token changes nothing of. */
  readonly reconnected?: readonly string[];
  /** Whether this update changes an Application that is on the host: what {@link RECONNECTED} has of an earlier repair is removed. */
  readonly changesApplications?: boolean;
  /** What does not answer, where no resource is there that could be run for it. */
  readonly unanswered?: string | undefined;
}

/** Why a release is upgraded that Helm starts nothing on, or that has lost its last record. */
function interruption(status = ""): string[] {
  if (status === UNINSTALLED) return ["the release was uninstalled"];
  if (status === SUPERSEDED) return ["Helm's record of the release's last revision is gone"];
  return isInterrupted(status) ? [`a run was killed while the release was ${status}`] : [];
}

/** Compares what is on the host with what was made there, and tries what Argo CD has. */
export async function findRepairs(env: ResolvedEnvironment, state: HostState | undefined): Promise<Repairs> {
  if (state === undefined) return {};
  const { release, volumeClaim, statefulSet, argocdCluster, unreadable } = state;
  // New, or the refresh finds that it is gone; or a first install that was killed, and that this update completes.
  if (env.delivery === "helm" && (release === undefined || release.status === "pending-install")) return {};
  const replicas = replicasChange(env, state);
  if (replicas !== undefined) {
    const configured = env.controlPlane.replicas;
    return { credential: `the virtual cluster starts empty, with ${configured} replicas in place of ${replicas}` };
  }
  // A StatefulSet without a template has no claim. The control plane's has none where the objects are in etcd.
  const hasTemplate = getIn(statefulSet, "spec", "volumeClaimTemplates") !== undefined;
  const gone = statefulSet === undefined || usesEtcd(env) || hasTemplate;
  const known = !unreadable.some((what) => what.startsWith(VOLUME_CLAIM));
  const missing = release !== undefined && volumeClaim === undefined && known && gone;
  // Not after a first update that failed at the StatefulSet.
  const lost = missing && (await hasRun(env.names));
  const { namespace, certificates, release: name } = env.names;
  const uncertified = lacksCertificates(state);
  const restart = uncertified
    ? `the Secret ${namespace}/${certificates} is gone, and the control plane writes it only at its start, from its volume, so it restarts`
    : release?.reconfigured
      ? `the Secret ${namespace}/${configSecretName(name)} was changed, and the control plane reads it only at its start, so it restarts`
      : undefined;
  const tried = await tryToken(env, argocdCluster);
  const rejected = tried?.rejected && `the virtual cluster's API server rejects Argo CD's token: ${tried.rejected}`;
  const loss = lossOf(env, state, tried);
  // Without the API there is no other token. The upgrade makes Helm's record newer than the volume.
  const untold = loss !== undefined && tried?.unreachable !== undefined && !env.readiness.enabled;
  const hidden = await isSecret(env.chartValues);
  const reasons = [
    ...(lost ? ["the volume is gone and with it all objects of the virtual cluster, which starts empty"] : []),
    ...(loss === undefined || untold ? [] : [loss]),
    ...(release?.status === "failed" ? ["the last upgrade of the release failed"] : []),
    ...(release?.changedBy === undefined ? [] : [`${release.changedBy} made the last revision of the release`]),
    ...interruption(release?.status),
    ...(restart === undefined ? [] : [restart]),
    ...(release?.drift ?? []).map((line) => (hidden ? withoutValues(line) : line)),
  ];
  if (env.delivery === "helm" && reasons.length > 0) {
    const reason = reasons.join("; ");
    // The Service owns all synced objects. With it they are deleted on the host, and then inside, Argo CD's account among them.
    const isNew = lost || uncertified || (loss !== undefined && !untold);
    const renewed =
      rejected === undefined ? newToken(env, state) : { credential: rejected, ...reconnected(env, state) };
    return {
      release: reason,
      ...(restart !== undefined && { restart }),
      ...(untold && { unanswered: loss }),
      ...(isNew ? { credential: reason } : renewed),
    };
  }
  if (tried === undefined) {
    return { readiness: await unreadiness(env, state), ...newToken(env, state) };
  }
  const credential = untold ? "" : [loss, rejected].filter(Boolean).join("; ");
  const unreachable = tried.unreachable && [loss, tried.unreachable].filter(Boolean).join("; ");
  return {
    ...(credential !== "" && { credential, ...(loss === undefined && reconnected(env, state)) }),
    ...(env.readiness.enabled ? { readiness: unreachable } : { unanswered: unreachable }),
  };
}

/**
 * What to say where the volume is another one than when Argo CD got its token, or without a token when Helm wrote its record:
 * Kubernetes has made a deleted one again, empty.
 */
function lossOf(env: ResolvedEnvironment, state: HostState, tried: TokenTrial | undefined): string | undefined {
  if (tried?.rejected !== undefined) {
    const made = getPath(state.volumeClaim ?? {}, "metadata.creationTimestamp");
    const isNew = typeof made === "string" && Date.parse(made) > (tried.issued?.getTime() ?? Infinity);
    return isNew ? describeLoss(made) : undefined;
  }
  // A token that is accepted is of what the volume has. Of several members of etcd, others have all objects.
  if (usesEtcd(env) || (tried !== undefined && tried.unreachable === undefined)) return undefined;
  const made = volumeMadeAgain(state, tried?.issued);
  return made && `${describeLoss(made)}, unless they were restored`;
}

/**
 * Why Argo CD's token is made again without a trial: its Secret, which the update makes from the state, is gone. The account of
 * the token may be gone with it.
 */
function newToken(env: ResolvedEnvironment, state: HostState): Pick<Repairs, "newToken" | "reconnected"> | undefined {
  const { names, argocd } = env;
  const { argocdCluster, statefulSet, unreadable } = state;
  const unknown = unreadable.some((what) => what.startsWith(ARGOCD_CLUSTER));
  if (!argocd.register || unknown || statefulSet === undefined || tokenIn(argocdCluster) !== undefined)
    return undefined;
  const secret = `${argocd.namespace}/${names.argocdCluster}`;
  return {
    ...reconnected(env, state),
    newToken: `Argo CD gets a token: there is none in the Secret ${secret}. One from before stays valid until \`make rotate\``,
  };
}

/** Applications that are on the host as they are declared. Others are new, or change with the token: they are to become healthy. */
function reconnected(env: ResolvedEnvironment, state: HostState): Pick<Repairs, "reconnected"> {
  const unchanged = liveApplications(env, state).filter(({ changes }) => !changes);
  return unchanged.length === 0
    ? {}
    : { reconnected: unchanged.map(({ uid, spec }) => reconnection(uid, digest(spec))) };
}

/** See {@link Repairs.changesApplications}. */
export function changesApplications(env: ResolvedEnvironment, state: HostState): boolean {
  return liveApplications(env, state).some(({ changes }) => changes);
}

/** Applications that are on the host, and whether they are not as they are declared. */
function liveApplications(env: ResolvedEnvironment, { argocdApplications }: HostState) {
  return Object.entries(env.applications).flatMap(([key, application]) => {
    const name = applicationName(key, env.environment);
    const live = argocdApplications.find(({ metadata }) => metadata?.name === name);
    const spec = applicationSpec(env.names, application);
    const uid = live?.metadata?.uid;
    return uid === undefined ? [] : [{ uid, spec, changes: differences({ spec }, { spec: live?.spec }).length > 0 }];
  });
}

/** Why an environment that ran before is not ready, as far as that shows without a token. */
async function unreadiness(env: ResolvedEnvironment, { release, statefulSet }: HostState): Promise<string | undefined> {
  if (!env.readiness.enabled || (release === undefined && statefulSet === undefined)) return undefined;
  const number = (path: string, otherwise: number) => Number(getPath(statefulSet ?? {}, path) ?? otherwise);
  const [ready, replicas] = [number("status.readyReplicas", 0), number("spec.replicas", 1)];
  if (statefulSet === undefined || ready >= replicas) return tryApi(env);
  return `the StatefulSet ${env.names.namespace}/${env.names.release} has ${ready} of ${replicas} replicas ready`;
}

function describeLoss(made: string): string {
  return `the volume was made again at ${made} and all objects of the virtual cluster before that are lost`;
}

/**
 * Gives resources an input that changes nothing but makes Pulumi update them, where they are to be repaired; without a
 * repair the input stays as the state has it, so that the next preview is empty.
 *
 * @param now distinguishes this repair from the one before
 */
export function repairing(environment: string, repairs: Repairs, now = new Date()): ResourceTransformation {
  const { credential = repairs.newToken } = repairs;
  const reason = (text: string | undefined) => text && `repair at ${now.toISOString()}: ${text}`;
  const command = (text: string | undefined, variables = {}) => {
    return { property: "environment", value: text && { REPAIR: reason(text), ...variables } };
  };
  const targets: Readonly<Record<string, { property: string; value: unknown }>> = {
    [`${environment}-vcluster`]: { property: "description", value: reason(repairs.release) },
    [`${environment}-readiness`]: command(repairs.readiness),
    [`${environment}-argocd-token`]: command(credential),
    [`${environment}-argocd-readiness`]: command(credential),
    // Argo CD deploys them again where the virtual cluster starts empty, and otherwise is without access until then.
    [`${environment}-applications`]: command(credential, {
      ...(repairs.reconnected && { [RECONNECTED]: [now.toISOString(), ...repairs.reconnected].join(",") }),
    }),
  };
  // A rollback to what ran at the last repair would match what the state has of it, and be waited for no more.
  const cleared = repairs.changesApplications === true ? `${environment}-applications` : undefined;
  return ({ name, type, props, opts }) => {
    const target = /^(kubernetes:helm\.sh\/v3:Release|command:local:Command)$/.test(type) ? targets[name] : undefined;
    if (target === undefined) return undefined;
    const { property, value } = target;
    const made = { ...props, ...(value !== undefined && { [property]: value }) };
    const kept = value === undefined && name !== cleared ? [property] : [];
    if (property !== "description") return ignoring(kept, made, opts);
    const time = repairs.restart === undefined ? undefined : now.toISOString();
    const values = output(props["values"]).apply((declared: JsonObject) => restartedAt(declared, time));
    return ignoring(time === undefined ? [...kept, RESTARTED_VALUE] : kept, { ...made, values }, opts);
  };
}

/** When an update restarted the control plane's pods. */
const RESTARTED = "vcluster-environments/restarted";
const POD_ANNOTATIONS = "controlPlane.statefulSet.pods.annotations";
const RESTARTED_VALUE = `values.${POD_ANNOTATIONS}["${RESTARTED}"]`;

/** Values with the annotation that restarts the pods. Its map is set without it too: `ignoreChanges` needs the parent of a path. */
function restartedAt(values: JsonObject, time: unknown): JsonObject {
  return merge(nest(POD_ANNOTATIONS.split("."), time === undefined ? {} : { [RESTARTED]: time }), values);
}

/** The values that are declared, as the release has them after an earlier restart: {@link repairing} keeps that. */
export function afterRestart(values: JsonObject, release: ReleaseState | undefined): JsonObject {
  return restartedAt(values, getIn(release?.values, ...POD_ANNOTATIONS.split("."), RESTARTED));
}

/** Where the resource that installs the chart has its values, by type. */
const VALUES: Readonly<Record<string, string>> = {
  "kubernetes:helm.sh/v3:Release": "values",
  "kubernetes:argoproj.io/v1alpha1:Application": "spec.source.helm.valuesObject",
};

/** Keeps the size of the volumes in the chart's values as the state has it: another one would recreate them, empty. */
export function keepingSize(env: Pick<Settings, "environment" | "controlPlane">): ResourceTransformation {
  return ({ name, type, props, opts }) => {
    const values = name === `${env.environment}-vcluster` ? VALUES[type] : undefined;
    if (values === undefined) return undefined;
    return ignoring(
      valuesOf(SIZE_KEY, usesEtcd(env)).map((path) => `${values}.${path}`),
      props,
      opts,
    );
  };
}

/** What the number of replicas adds to the chart's values, and takes from them, as a whole. */
const OF_REPLICAS = ["controlPlane.statefulSet.highAvailability", "controlPlane.backingStore"];

/**
 * Replaces the virtual cluster for another number of replicas. The component's own `replaceOnChanges` names single values,
 * and the provider reports the map that is added or left out with them. Without a replacement, the volumes of before stay:
 * back at one replica, the virtual cluster would start with what it had long ago.
 */
export function replacingForReplicas({ environment }: Pick<Settings, "environment">): ResourceTransformation {
  return ({ name, type, props, opts }) => {
    const values = name === `${environment}-vcluster` ? VALUES[type] : undefined;
    if (values === undefined) return undefined;
    const { replaceOnChanges = [] } = opts as CustomResourceOptions;
    const added = OF_REPLICAS.map((path) => `${values}.${path}`);
    return { props, opts: { ...opts, replaceOnChanges: [...replaceOnChanges, ...added] } };
  };
}

const FORCE = 'metadata.annotations["pulumi.com/patchForce"]';

/**
 * Lets the environment's namespace take back its labels and annotations where others have changed them. Only where the
 * namespace is this stack's: the conflict is what protects another one.
 *
 * @param live the namespace on the host, undefined where it is missing or another stack's
 */
export function takingBack(name: string, live: JsonObject | undefined): ResourceTransformation {
  return ({ type, props, opts }) => {
    const { metadata } = props as { metadata?: { name?: string; labels?: JsonObject; annotations?: JsonObject } };
    if (type !== "kubernetes:core/v1:Namespace" || metadata?.name !== name || live === undefined) return undefined;
    const { labels, annotations: all = {} } = metadata;
    const changed = differences({ metadata: { labels, annotations: all } }, live);
    if (changed.every(({ path }) => path.at(-1) === IDENTITY_ANNOTATION)) return ignoring([FORCE], props, opts);
    const annotations = { ...all, "pulumi.com/patchForce": "true" };
    return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
  };
}

/** The same resource, with properties that stay as the state has them. */
export function ignoring(properties: string[], props: Inputs, opts: ResourceOptions): ResourceTransformationResult {
  const ignoreChanges = [...(opts.ignoreChanges ?? []), ...properties];
  return { props, opts: { ...opts, ignoreChanges } };
}
