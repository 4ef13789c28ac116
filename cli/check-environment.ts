import { connect, HostClient, isReady, type KubernetesObject, type Pod } from "../host/client";
import { ArgocdApi } from "../components/jobs/argocd-api";
import { pendingReason, REFRESH, wasCompared } from "../components/jobs/wait-for-applications";
import { waitFor } from "../shared/wait";
import { type Environment, findRegistration } from "./running-environment";

/** `up` has waited for all of it, so only what changes just then is waited for, such as Argo CD's access after a restart. */
const LIMIT_MS = 60_000;
const REQUEST_MS = 5_000;

/**
 * Looks whether an environment works: the control plane's pods are ready, the API accepts the administrator, and Argo CD has
 * the cluster with a token that the API accepts. Pulumi's state is no proof of any of them. Waits for the Applications as well:
 * they may be about to be Synced and Healthy. One that is not is no fault that an update of the environment could repair.
 *
 * @returns the Applications that are not Synced and Healthy, for the end of a message; empty where all are
 * @throws Error that lists what does not work
 */
export async function checkEnvironment(environment: Environment, timeoutMs = LIMIT_MS): Promise<string> {
  let [problems, pending]: [string[], string[]] = [[], []];
  const works = async () => {
    ({ problems, pending } = await findProblems(environment));
    return problems.length + pending.length === 0;
  };
  try {
    await waitFor(works, { what: "the environment", timeoutMs, everyMs: 1_000 });
  } catch {
    if (problems.length === 0 && pending.length > 0) return describePending(pending);
    const { namespace } = environment.names;
    throw new Error(
      `The environment in namespace ${namespace} is not ready, although Pulumi has nothing left to do:` +
        (problems.length > 0 ? problems : ["the host does not answer"]).map((problem) => `\n  - ${problem}`).join("") +
        `\nFix: \`pulumi up\` repairs what it finds changed; \`make doctor\` names the cause of the rest.`,
    );
  }
  return "";
}

function describePending(pending: readonly string[]): string {
  return (
    `\nApplications that are not Synced and Healthy:${pending.map((line) => `\n  - ${line}`).join("")}\n` +
    "Fix: correct what Argo CD reports of them; an update of the environment does not change it."
  );
}

/** What {@link checkEnvironment} does not look at, for the end of a sentence; empty where it looks at everything. */
export function notLookedAt({ unchecked = false, registered }: Pick<Environment, "unchecked" | "registered">): string {
  if (!unchecked) return "";
  return `, as far as was looked: with readiness.enabled: false, its API${registered ? " and Argo CD's token were" : " was"} not tried`;
}

/** What does not work, one line each. */
interface Findings {
  readonly problems: string[];
  /** Applications that are not Synced and Healthy. */
  readonly pending: string[];
}

/** What does not work of an environment, and in it. */
export async function findProblems(environment: Environment): Promise<Findings> {
  let pending: string[] = [];
  const { names, kubeconfig, registered, unchecked = false } = environment;
  const checks: Record<string, () => Promise<unknown>> = {
    "control plane": () => controlPlane(environment),
    ...(!unchecked && {
      [`API at ${names.apiUrl}, with the output kubeconfig`]: () =>
        connect({ kubeconfig, env: {} }, { requestMs: REQUEST_MS }).get("/api/v1/namespaces/default"),
    }),
    ...(registered && {
      "Argo CD": () => registration(environment),
      Applications: async () => (pending = await pendingApplications(environment)),
    }),
  };
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check();
        return [];
      } catch (error) {
        return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
      }
    }),
  );
  return { problems: results.flat(), pending };
}

/** A StatefulSet, as far as it is read. */
interface StatefulSet extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

async function controlPlane({ host, names: { namespace, release } }: Environment): Promise<void> {
  // Those of etcd too, where it has one.
  const query = `?labelSelector=${encodeURIComponent(`release=${release}`)}`;
  const [pods, sets] = await Promise.all([
    host.list<Pod>(`/api/v1/namespaces/${namespace}/pods${query}`),
    host.list<StatefulSet>(`/apis/apps/v1/namespaces/${namespace}/statefulsets${query}`),
  ]);
  if (pods.length === 0) throw new Error(`there is no pod of ${release} in ${namespace}`);
  const waiting = pods.filter((pod) => !isReady(pod));
  if (waiting.length > 0) throw new Error(`not ready: ${waiting.map(({ metadata }) => metadata?.name).join(", ")}`);
  // A pod that is not there is none that waits.
  const short = sets.flatMap(({ metadata, spec, status }) => {
    const [ready, replicas] = [status?.readyReplicas ?? 0, spec?.replicas ?? 1];
    return ready < replicas ? [`${metadata?.name ?? ""} has ${ready} of ${replicas} replicas ready`] : [];
  });
  if (short.length > 0) throw new Error(short.join(", "));
}

/** Argo CD's token, tried at the public URL: this machine does not reach the one inside the host. */
async function registration(environment: Environment): Promise<void> {
  const { token, caCertificate } = await findRegistration(environment);
  if (environment.unchecked === true) return;
  const api = new HostClient(
    {
      server: environment.names.apiUrl,
      origin: "Argo CD's cluster Secret",
      proxied: false,
      cluster: { "certificate-authority-data": caCertificate },
      user: { token },
    },
    { requestMs: REQUEST_MS },
  );
  await api.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
}

/**
 * The Applications that `up` waits for, where they are not Synced and Healthy. Argo CD compares those again: it may not have
 * looked since.
 *
 * @throws Error for those that are missing, or that Argo CD cannot compare: that is a fault of the environment
 */
async function pendingApplications({ host, names, applications: awaited = [] }: Environment): Promise<string[]> {
  if (awaited.length === 0) return [];
  const { namespace } = await findRegistration({ host, names });
  const argocd = new ArgocdApi(host, { namespace, controlPlane: names });
  const found = await argocd.own(awaited);
  const pending = awaited.flatMap((name) => {
    const application = found.find(({ metadata }) => metadata?.name === name);
    const reason = pendingReason(application);
    return reason === undefined ? [] : [{ name, reason, application }];
  });
  for (const { name, application } of pending) {
    const asked = application?.metadata?.annotations?.[REFRESH] !== undefined;
    if (application !== undefined && !asked) await argocd.patch(name, { annotations: { [REFRESH]: "normal" } });
  }
  // By the last result: the comparison that each look asks for takes Argo CD longer than the pause until the next one.
  const uncompared = pending.filter(({ application }) => !wasCompared(application));
  if (uncompared.length > 0) {
    throw new Error(uncompared.map(({ name, reason }) => `${namespace}/${name}: ${reason}`).join(", "));
  }
  return pending.map(({ name, reason }) => `${namespace}/${name}: ${reason}`);
}
