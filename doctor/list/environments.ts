import { IDENTITY_ANNOTATION, STACK_ANNOTATION } from "../../components/kubernetes/ownership";
import { environmentNames, podLabels } from "../../components/names";
import { isReady, type Pod } from "../../host/client";
import { isRecord } from "../../host/helm-records";
import { parseQuantity } from "../../shared/quantity";
import { ageSeconds, items, type KubeObject, map, nameOf, namespaceOf, selects, text } from "../objects";
import { environmentOf, type Raw } from "./raw";

/**
 * `ready`: the control plane's pods are ready. `starting`: not yet, and they are new; or Helm works on the release. `stopped`: scaled
 * to 0. `broken`: not ready. `half made`: it has no control plane, or Helm did not finish it. `left over`: no stack has it, or a stack has what
 * the host has not.
 */
export const STATES = ["ready", "starting", "stopped", "broken", "half made", "left over"] as const;
export type State = (typeof STATES)[number];

/** One environment. Amounts are cores and bytes. */
export interface Environment {
  readonly name: string;
  readonly namespace: string;
  readonly state: State;
  /** Why it is not ready. */
  readonly reason?: string;
  /** Command that helps where it is not ready. */
  readonly fix?: string;
  /** As its namespace has it: `organization/project/stack`. */
  readonly stack?: string;
  readonly owner?: string;
  /** Version of the chart. */
  readonly chart?: string;
  /** Version of Kubernetes in the virtual cluster. */
  readonly kubernetes?: string;
  /** RFC 3339. */
  readonly created?: string;
  readonly requests: Amounts;
  /** Undefined where the host has no metrics. */
  readonly use?: Amounts;
  /** Size of all claims of volumes, in bytes. */
  readonly disk: number;
  readonly pods: number;
  readonly applications: { readonly total: number; readonly healthy: number };
}

export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

/** Labels of a namespace by which people say whose it is, in the order of preference. */
const OWNER_LABELS = ["owner", "team", "app.kubernetes.io/managed-by-team"];
/** Name of the project in Pulumi.yaml. */
const PROJECT = "vcluster-environments";
const START_SECONDS = 120;
/** How long Helm may work on a release: `controlPlane.startTimeoutSeconds` by default. The configuration of stacks is not read. */
export const HELM_SECONDS = 600;
/** A namespace that is being deleted goes within minutes. */
const DELETE_SECONDS = 300;

/** All environments of a host, and stacks of the backend that have none there; by name. */
export function environmentsOf(raw: Raw): Environment[] {
  const places = new Set([...raw.namespaces.map(nameOf), ...raw.statefulSets.map(namespaceOf)]);
  const found = [...places].flatMap((place) => {
    const namespace = raw.namespaces.find((one) => nameOf(one) === place);
    const sets = raw.statefulSets.filter((one) => namespaceOf(one) === place);
    return (sets.length === 0 ? [undefined] : sets).map((set) => environment(raw, place, namespace, set));
  });
  return [...found, ...withoutNamespace(raw, found)].sort((a, b) => a.name.localeCompare(b.name));
}

function environment(
  raw: Raw,
  place: string,
  namespace: KubeObject | undefined,
  set: KubeObject | undefined,
): Environment {
  const name = environmentOf(namespace) ?? (set === undefined ? place : nameOf(set));
  const stack = map(namespace, "metadata", "annotations")[STACK_ANNOTATION];
  const pods = raw.pods.filter((pod) => namespaceOf(pod) === place);
  const running = pods.filter((pod) => !["Succeeded", "Failed"].includes(text(pod, "status.phase")));
  const labels = map(namespace, "metadata", "labels");
  const owner = OWNER_LABELS.map((key) => labels[key]).find((value) => value !== undefined);
  const applications = raw.applications.filter((one) => targets(one, place, set));
  const created = text(namespace ?? set, "metadata.creationTimestamp");
  const use = raw.metrics?.filter((one) => namespaceOf(one) === place);
  const versions = versionsOf(set);
  return {
    name,
    namespace: place,
    ...stateOf(raw, { place, namespace, set, pods, stack }),
    ...(stack !== undefined && { stack }),
    ...(owner !== undefined && { owner }),
    ...versions,
    ...(created !== "" && { created }),
    requests: {
      cpu: sum(running.map((pod) => requested(pod, "cpu"))),
      memory: sum(running.map((pod) => requested(pod, "memory"))),
    },
    ...(use !== undefined && {
      use: { cpu: sum(use.map((pod) => used(pod, "cpu"))), memory: sum(use.map((pod) => used(pod, "memory"))) },
    }),
    disk: sum(
      raw.volumeClaims
        .filter((claim) => namespaceOf(claim) === place)
        .map((claim) => parseQuantity(text(claim, "spec.resources.requests.storage")) ?? 0),
    ),
    pods: running.length,
    applications: {
      total: applications.length,
      healthy: applications.filter(
        (one) => text(one, "status.sync.status") === "Synced" && text(one, "status.health.status") === "Healthy",
      ).length,
    },
  };
}

interface Seen {
  readonly place: string;
  readonly namespace: KubeObject | undefined;
  readonly set: KubeObject | undefined;
  readonly pods: readonly KubeObject[];
  readonly stack: string | undefined;
}

/** Whether a stack of this project is not in the backend, or empty there. Other projects' stacks are not listed. */
function isOrphan({ stacks }: Raw, stack: string | undefined): boolean {
  const [, project, short] = stack?.split("/") ?? [];
  if (stacks === undefined || project !== PROJECT) return false;
  const known = stacks.find(({ name }) => name === short || name === stack);
  return known === undefined || known.resourceCount === 0;
}

type Judgement = Pick<Environment, "state" | "reason" | "fix">;

function stateOf(raw: Raw, { place, namespace, set, pods, stack }: Seen): Judgement {
  const short = stack?.split("/").at(-1);
  const release = set === undefined ? undefined : nameOf(set);
  const look =
    short === undefined
      ? `node bin/cli/main.js doctor --namespace ${place} --release ${release ?? "<release>"}`
      : `make doctor STACK=${short}`;
  const deleted = namespace?.metadata?.deletionTimestamp;
  if (deleted !== undefined) {
    const late = ageSeconds(deleted, raw.now) > DELETE_SECONDS;
    return {
      state: "left over",
      reason: `the namespace is being deleted since ${deleted}`,
      fix: late ? look : `kubectl wait --for=delete namespace/${place}`,
    };
  }
  if (isOrphan(raw, stack)) {
    const reason = `this backend has no stack ${stack ?? ""} with resources; another backend may have it`;
    return { state: "left over", reason, fix: removal(place, namespace) };
  }
  if (set === undefined) {
    const marked = map(namespace, "metadata", "annotations")[IDENTITY_ANNOTATION] !== undefined;
    const fix = short === undefined ? `kubectl get all -n ${place}` : `make up STACK=${short}`;
    return {
      state: "half made",
      reason: marked ? "it has no control plane" : "it has marks of no stack and no control plane",
      fix,
    };
  }
  const record = raw.records
    .filter((one) => namespaceOf(one) === place && isRecord(release ?? "", nameOf(one)))
    .map((one) => ({ status: map(one, "metadata", "labels")["status"] ?? "", since: begunAt(one) }))
    .find(({ status }) => status.startsWith("pending-"));
  if (record !== undefined) {
    const reason = `the Helm release is ${record.status}`;
    if (record.since !== undefined && ageSeconds(record.since, raw.now) < HELM_SECONDS)
      return { state: "starting", reason: `${reason} since ${record.since}; a run may be in progress`, fix: look };
    const fix = short === undefined ? `helm rollback ${release ?? ""} -n ${place}` : `make recover STACK=${short}`;
    return { state: "half made", reason, fix };
  }
  return runningState(raw, { place, set, pods, short, look });
}

/** When Helm wrote a record: a label that it sets with each change, or else when the record was made. RFC 3339. */
function begunAt(record: KubeObject): string | undefined {
  const changed = Number(map(record, "metadata", "labels")["modifiedAt"]) * 1000;
  const made = Date.parse(text(record, "metadata.creationTimestamp"));
  const latest = Math.max(...[changed, made].filter((time) => Number.isFinite(time)));
  return Number.isFinite(latest) ? new Date(latest).toISOString().replace(".000Z", "Z") : undefined;
}

function runningState(
  raw: Raw,
  {
    place,
    set,
    pods,
    short,
    look,
  }: { place: string; set: KubeObject; pods: readonly KubeObject[]; short: string | undefined; look: string },
): Judgement {
  const release = nameOf(set);
  if (text(set, "spec.replicas") === "0") {
    const paused = map(set, "metadata", "annotations")["loft.sh/paused"] === "true";
    const resume = `vcluster resume ${release} -n ${place}`;
    const scale = `kubectl -n ${place} scale statefulset/${release} --replicas=1`;
    const fix = paused ? resume : short === undefined ? scale : `make up STACK=${short}`;
    return { state: "stopped", reason: paused ? "it is paused" : "it is scaled to 0", fix };
  }
  const matchLabels = podLabels({ release }).controlPlane;
  const own = pods.filter((pod) => selects({ matchLabels }, map(pod, "metadata", "labels")));
  const waiting = own.filter((pod) => !isReady(pod as Pod));
  if (own.length > 0 && waiting.length === 0) return { state: "ready" };
  const [first] = waiting;
  const age = ageSeconds(text(first ?? set, "metadata.creationTimestamp"), raw.now);
  const reason = first === undefined ? "the control plane has no pod" : `${nameOf(first)} is not ready`;
  return { state: age < START_SECONDS ? "starting" : "broken", reason, fix: look };
}

/** Stacks with resources whose namespace the host does not have: it was deleted, or is on another host. */
function withoutNamespace(raw: Raw, found: readonly Environment[]): Environment[] {
  const have = new Set(
    found.flatMap(({ stack }) => (stack === undefined ? [] : [stack, stack.split("/").at(-1) ?? ""])),
  );
  return (
    (raw.stacks ?? [])
      // The first one is the stack itself: an update that stopped before anything was made has no other.
      .filter(({ name, resourceCount = 0 }) => resourceCount > 1 && !have.has(name))
      .map(({ name, resourceCount = 0 }) => {
        const short = name.split("/").at(-1) ?? name;
        return {
          name: short,
          namespace: environmentNames(short, "").namespace,
          state: "left over",
          reason: `the stack has ${resourceCount} resources and no namespace on this host`,
          fix: `VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true pulumi destroy --stack ${short}`,
          stack: name,
          requests: { cpu: 0, memory: 0 },
          disk: 0,
          pods: 0,
          applications: { total: 0, healthy: 0 },
        };
      })
  );
}

/** Command that removes an environment that no stack has: its namespace, and what it has beside it on the host. */
function removal(place: string, namespace: KubeObject | undefined): string {
  const names = environmentNames(environmentOf(namespace) ?? place.replace(/-vcluster$/, ""), "");
  const roles = `vc-${names.release}-v-${names.namespace}`.slice(0, 63);
  return [
    `kubectl -n argocd delete secret,appproject ${names.argocdCluster} --ignore-not-found`,
    `kubectl delete namespace ${place}`,
    `kubectl delete clusterrole,clusterrolebinding ${roles} --ignore-not-found`,
    `kubectl delete priorityclass ${names.priorityClass} ${names.workloadPriorityClass} --ignore-not-found`,
    `kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding ${names.admissionPolicy} ${names.hostPolicy} --ignore-not-found`,
  ].join(" && ");
}

/** Whether an Application is deployed into the environment. */
function targets(application: KubeObject, place: string, set: KubeObject | undefined): boolean {
  const { name, server = "" } = map(application, "spec", "destination");
  const url = set === undefined ? "" : `https://${nameOf(set)}.${place}.svc`;
  return name === place || (url !== "" && server.startsWith(url));
}

function versionsOf(set: KubeObject | undefined): Pick<Environment, "chart" | "kubernetes"> {
  const chart = /^vcluster-(\d.*)$/.exec(text(set, "metadata.labels.chart"))?.[1]?.replaceAll("_", "+");
  const kubernetes = items(set, "spec.template.spec.initContainers")
    .map((one) => /\/kubernetes:(v[\w.-]+)$/.exec(text(one, "image"))?.[1])
    .find((tag) => tag !== undefined);
  return { ...(chart !== undefined && { chart }), ...(kubernetes !== undefined && { kubernetes }) };
}

/** What the scheduler counts for a pod: its containers together, or an init container that asks for more. */
function requested(pod: KubeObject, resource: string): number {
  const of = (path: string) =>
    items(pod, path).map((one) => parseQuantity(map(one, "resources", "requests")[resource]) ?? 0);
  return Math.max(sum(of("spec.containers")), 0, ...of("spec.initContainers"));
}

function used(metrics: KubeObject, resource: string): number {
  return sum(items(metrics, "containers").map((one) => parseQuantity(map(one, "usage")[resource]) ?? 0));
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
