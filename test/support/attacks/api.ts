import type { V1PodList } from "@kubernetes/client-node";

import { type Cluster, reference } from "../../../testing/cluster";
import type { Attack, Verdict } from "./attack";
import { ATTACKS, type Party, plainPod, type Scene } from "./fixture";

/** A request to an API. What would change something is a dry run: it passes every check and writes nothing. */
interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: object;
  headers?: Record<string, string>;
}

const RBAC = "RBAC of Kubernetes";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const DRY = "?dryRun=All";
const everything = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
const subject = ({ a }: Scene) => ({ kind: "ServiceAccount", name: `vc-${a.release}`, namespace: a.namespace });

/** What the syncer's account must not do on the host; an attacker in the control plane has that account. */
const syncerCalls: Record<string, (scene: Scene) => Call> = {
  "list the Secrets of the other environment": ({ b }) => get(`/api/v1/namespaces/${b.namespace}/secrets`),
  "list the Secrets of the whole host": () => get("/api/v1/secrets"),
  "list the Secrets of Argo CD": () => get("/api/v1/namespaces/argocd/secrets"),
  "list the ConfigMaps of the whole host": () => get("/api/v1/configmaps"),
  "read the node's pods through nodes/proxy": () => get("/api/v1/nodes/local/proxy/pods"),
  "run a command in a foreign pod through nodes/proxy": () => ({
    method: "POST",
    path: `/api/v1/nodes/local/proxy/run/${ATTACKS}/attacker/main?cmd=id`,
  }),
  "run a command in a pod of the other environment": ({ parties }) => ({
    method: "POST",
    path: `${podPath(parties.atkb)}/exec?command=id&container=main&stdout=true`,
  }),
  "make a ClusterRole": () => ({
    method: "POST",
    path: `${rbac}/clusterroles${DRY}`,
    body: { metadata: { name: ATTACKS }, rules: everything },
  }),
  "make itself cluster-admin": (scene) => ({
    method: "POST",
    path: `${rbac}/clusterrolebindings${DRY}`,
    body: {
      metadata: { name: ATTACKS },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [subject(scene)],
    },
  }),
  "widen its own Role": ({ a }) => ({
    method: "PATCH",
    path: `${rbac}/namespaces/${a.namespace}/roles/vc-${a.release}${DRY}`,
    body: { rules: everything },
  }),
  "act as the administrator": () => ({
    ...get("/api/v1/secrets"),
    headers: { "impersonate-user": "kubernetes-admin", "impersonate-group": "system:masters" },
  }),
  "get a token of the other syncer": ({ b }) => ({
    method: "POST",
    path: `/api/v1/namespaces/${b.namespace}/serviceaccounts/vc-${b.release}/token${DRY}`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  }),
  "make a pod in the other environment": ({ b }) => ({
    method: "POST",
    path: `/api/v1/namespaces/${b.namespace}/pods${DRY}`,
    body: plainPod("intruder", b.namespace),
  }),
  "change a Secret that environments share": ({ shared }) => ({
    method: "PATCH",
    path: `/api/v1/namespaces/shared/secrets/${shared.name}${DRY}`,
    body: { stringData: { value: "changed" } },
  }),
  "delete a namespace that environments share": () => ({ method: "DELETE", path: `/api/v1/namespaces/shared${DRY}` }),
  "lower its namespace's pod security": ({ a }) => ({
    method: "PATCH",
    path: `/api/v1/namespaces/${a.namespace}${DRY}`,
    body: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
  }),
  "delete its NetworkPolicies": ({ a }) => ({
    method: "DELETE",
    path: `/apis/networking.k8s.io/v1/namespaces/${a.namespace}/networkpolicies${DRY}`,
  }),
  "delete its quota": ({ a }) => ({ method: "DELETE", path: `/api/v1/namespaces/${a.namespace}/resourcequotas${DRY}` }),
  "delete a check of what is synced": () => ({
    method: "DELETE",
    path: `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies${DRY}`,
  }),
};

const asSyncer: Attack[] = Object.entries(syncerCalls).map(([title, call]) => ({
  title,
  from: "the syncer's account of atka",
  stoppedBy: RBAC,
  run: (scene) => request(scene.host, call(scene), scene.syncerToken),
  twin: (scene) =>
    request(scene.host, get(`/api/v1/namespaces/${scene.a.namespace}/secrets?limit=1`), scene.syncerToken),
  // The administrator's request is the same to the letter.
  proof: (scene) => request(scene.host, call(scene)),
}));

/** What vCluster names the annotations of a host pod in which it puts tokens, unless it uses Secrets. */
const TOKENS = "vcluster.loft.sh/token-";

/** The syncer's account sees all pods of the host: its scheduler counts what they reserve. */
const tokensOfOthers: Attack = {
  title: "read a token of the other environment in an annotation of its pod",
  from: "the syncer's account of atka",
  stoppedBy: "tokens in Secrets",
  run: (scene) => readsTokens(scene, scene.b.namespace),
  twin: (scene) => request(scene.host, get(`/api/v1/namespaces/${scene.a.namespace}/pods?limit=1`), scene.syncerToken),
  // A pod that has such an annotation.
  proof: async (scene) => {
    const pod = reference("v1", "Pod", "attacker", ATTACKS);
    await scene.host.annotate(pod, `${TOKENS}proof`, "proof");
    try {
      return await readsTokens(scene, ATTACKS);
    } finally {
      await scene.host.annotate(pod, `${TOKENS}proof`, null);
    }
  },
};

async function readsTokens({ host, syncerToken }: Scene, namespace: string): Promise<Verdict> {
  const { status, body } = await host.send("GET", "/api/v1/pods", undefined, undefined, syncerToken);
  if (status !== 200) return { worked: false, seen: `HTTP ${status} ${messageOf(body)}` };
  const pods = (JSON.parse(body) as V1PodList).items.filter(({ metadata }) => metadata?.namespace === namespace);
  const keys = pods.flatMap(({ metadata }) => Object.keys(metadata?.annotations ?? {}));
  const found = keys.filter((key) => key.startsWith(TOKENS)).length;
  return { worked: found > 0, seen: `${found} tokens in annotations of ${pods.length} pods of ${namespace}` };
}

/** What the syncer's account may do in its own namespace, and is checked for what it makes there. */
const inOwnNamespace: Attack[] = [
  {
    title: "make a privileged pod in its own namespace",
    from: "the syncer's account of atka",
    stoppedBy: "pod security of the namespace",
    run: (scene) => {
      const pod = ownPod(scene);
      for (const container of pod.spec.containers) container.securityContext = { privileged: true };
      return makePod(scene, pod);
    },
    twin: (scene) => makePod(scene, ownPod(scene)),
  },
];

/** A pod as the syncer makes them. */
function ownPod({ a }: Scene) {
  const pod = plainPod("own", a.namespace);
  pod.metadata.labels = { "vcluster.loft.sh/managed-by": a.release };
  pod.spec.priorityClassName = `${a.release}-workloads`;
  return pod;
}

function makePod({ host, a, syncerToken }: Scene, body: object): Promise<Verdict> {
  return request(host, { method: "POST", path: `/api/v1/namespaces/${a.namespace}/pods${DRY}`, body }, syncerToken);
}

/** What a pod finds where service account tokens are mounted. */
const TOKEN = "cat /var/run/secrets/kubernetes.io/serviceaccount/token";

const withPodsToken: Attack[] = [
  {
    title: "use its token at the host's API",
    from: "a pod of atka",
    stoppedBy: "signing keys of the virtual cluster",
    run: async (scene) => request(scene.host, get("/api"), await scene.shell("atka", TOKEN)),
    twin: async (scene) => request(scene.a.cluster, get("/api"), await scene.shell("atka", TOKEN)),
    proof: async (scene) => request(scene.host, get("/api"), await scene.shell("foreign", TOKEN)),
  },
  {
    title: "use its token at the other environment's API",
    from: "a pod of atka",
    stoppedBy: "signing keys of the virtual cluster",
    run: async (scene) => request(scene.b.cluster, get("/api"), await scene.shell("atka", TOKEN)),
    twin: async (scene) => request(scene.a.cluster, get("/api"), await scene.shell("atka", TOKEN)),
    proof: async (scene) => request(scene.b.cluster, get("/api"), await scene.shell("atkb", TOKEN)),
  },
];

/** The administrator inside a virtual cluster, at its own API. */
const fromInside: Attack[] = [
  {
    title: "run a command in a foreign pod through the virtual nodes/proxy",
    from: "the administrator of atka",
    stoppedBy: RBAC,
    run: (scene) => request(scene.a.cluster, foreignRun),
    twin: async (scene) => ({
      worked: (await scene.shell("atka", "id -u")).trim() === "1000",
      seen: "exec in a pod of its own",
    }),
    proof: (scene) => request(scene.host, foreignRun),
  },
];

const foreignRun: Call = { method: "POST", path: `/api/v1/nodes/local/proxy/run/${ATTACKS}/attacker/main?cmd=id` };

export const apiAttacks: Attack[] = [...asSyncer, tokensOfOthers, ...inOwnNamespace, ...withPodsToken, ...fromInside];

export function get(path: string): Call {
  return { method: "GET", path };
}

function podPath({ hostNamespace, onHost }: Party): string {
  return `/api/v1/namespaces/${hostNamespace}/pods/${onHost("attacker")}`;
}

/** Whether the API does what it is asked. An exec without a stream is answered after all checks, with 400. */
export async function request(cluster: Cluster, call: Call, token?: string): Promise<Verdict> {
  const { status, body } = await cluster.send(call.method, call.path, call.body, call.headers, token?.trim());
  const worked = (status >= 200 && status < 300) || (status === 400 && body.includes("Upgrade request required"));
  // A list may hold Secrets: of what worked only the status is kept.
  return { worked, seen: worked ? `HTTP ${status}` : `HTTP ${status} ${messageOf(body)}` };
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: string }).message).slice(0, 300);
  } catch {
    return body.slice(0, 300);
  }
}
