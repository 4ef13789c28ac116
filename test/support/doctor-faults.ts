import type { ApiCode } from "../../components/jobs/api-readiness";
import { getPath, type JsonObject } from "../../shared/json";
import { application, CANARY, clusterSecret, days, type Loose, NOW, object, token, workload } from "./doctor-snapshot";

/** One broken environment, and what a doctor has to say of it. */
export interface Fault {
  readonly code: string;
  readonly name: string;
  /** Breaks a healthy snapshot, with what follows from it on a real host. */
  readonly breaks: (snapshot: Loose) => void;
  /** Codes that are reported as consequences, at least. */
  readonly follows?: readonly string[];
}

const MINUTES_AGO = new Date(NOW.getTime() - 5 * 60_000).toISOString();

/** Sets the value at a dotted path whose parents exist; `undefined` removes it. */
export function put(tree: unknown, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce((inner, key) => inner[key] as JsonObject, tree as JsonObject);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}

const pod = ({ read }: Loose) => read.pods[0] as JsonObject;
const route = ({ read }: Loose) => read.routes[0] as JsonObject;
const values = ({ read }: Loose) => read.state.values as JsonObject;

/** The control plane's container in a state, and its pod not ready. */
function container(snapshot: Loose, state: JsonObject): void {
  put(pod(snapshot), "status.containerStatuses", [
    { name: "syncer", image: "example.org/no:1", restartCount: 4, ...state },
  ]);
  notReady(snapshot);
}

function notReady(snapshot: Loose, consequences = true): void {
  put(pod(snapshot), "status.conditions", [
    { type: "Ready", status: "False" },
    { type: "PodScheduled", status: "True" },
  ]);
  if (consequences) apiAway(snapshot);
}

/** What everybody sees of an API that is away. */
function apiAway(snapshot: Loose, code: ApiCode = "api-unreachable"): void {
  fail(snapshot, code);
  snapshot.read.applications = [
    application({
      sync: { status: "Unknown" },
      conditions: [{ type: "ComparisonError", message: "connection refused" }],
    }),
  ];
}

function fail(snapshot: Loose, code: ApiCode): void {
  snapshot.read.api = { failure: { code, message: `the check ${code} failed` } };
  for (const part of [
    "insideNodes",
    "insideDns",
    "insideDnsDeployments",
    "insideIngressClasses",
    "pendingPods",
    "refused",
    "copies",
  ] as const) {
    Reflect.deleteProperty(snapshot.read, part);
    snapshot.unread[part] = { why: "absent", reason: "the API does not answer" };
  }
}

function event(kind: string, name: string, reason: string, message: string) {
  return object(`${name}.1`, { involvedObject: { kind, name }, reason, message, lastTimestamp: MINUTES_AGO });
}

const probe = (code: ApiCode): Fault => ({
  code,
  name: "the readiness check of up fails there",
  breaks: (snapshot) => {
    fail(snapshot, code);
  },
});

function without(list: readonly unknown[], name: string): never {
  return list.filter((one) => getPath(one as JsonObject, "metadata.name") !== name) as never;
}

const waitingPod = (more: JsonObject = {}, labels: JsonObject = {}) =>
  object(
    "web-x-shop-x-vcluster-dev-helm",
    {
      spec: more,
      status: {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available: Insufficient cpu." }],
      },
    },
    { labels: { "vcluster.loft.sh/managed-by": "vcluster-dev-helm", ...labels } },
  );

export const FAULTS: readonly Fault[] = [
  {
    code: "host-unreachable",
    name: "nothing answers",
    breaks: (s) => {
      s.read = { connection: { problem: "connect ECONNREFUSED" } } as Loose["read"];
    },
  },
  {
    code: "host-rights-missing",
    name: "a user who may read no Secrets",
    breaks: (s) => {
      Reflect.deleteProperty(s.read, "certificates");
      s.unread.certificates = { why: "denied", reason: "secrets is forbidden" };
    },
  },
  {
    code: "host-answers-missing",
    name: "one list that takes too long",
    breaks: (s) => {
      Reflect.deleteProperty(s.read, "events");
      s.unread.events = { why: "failed", reason: "no complete answer within 5 s" };
    },
  },
  {
    code: "host-nodes-not-ready",
    name: "no node is ready, and the pods are not either",
    breaks: (s) => {
      for (const node of s.read.nodes) put(node, "status.conditions", [{ type: "Ready", status: "Unknown" }]);
      s.read.dns = [workload("Deployment", "coredns", "kube-system", 0)];
      notReady(s);
    },
    follows: ["host-node-not-ready", "host-dns-down", "control-plane-not-ready", "api-unreachable"],
  },
  {
    code: "host-node-not-ready",
    name: "one of two nodes",
    breaks: (s) => {
      put(s.read.nodes[1], "status.conditions", [{ type: "Ready", status: "False" }]);
    },
  },
  {
    code: "host-node-cordoned",
    name: "kubectl cordon",
    breaks: (s) => {
      put(s.read.nodes[1], "spec", { unschedulable: true });
    },
  },
  {
    code: "host-node-pressure",
    name: "a disk is full",
    breaks: (s) => {
      put(s.read.nodes[1], "status.conditions", [
        { type: "Ready", status: "True" },
        { type: "DiskPressure", status: "True", message: "kubelet has disk pressure" },
      ]);
    },
  },
  {
    code: "host-dns-down",
    name: "scaled to 0",
    breaks: (s) => {
      s.read.dns = [{ ...workload("Deployment", "coredns", "kube-system", 0), spec: { replicas: 0 } }];
      s.read.applications = [application({ sync: { status: "Unknown" } })];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "namespace-missing",
    name: "kubectl delete namespace",
    breaks: (s) => {
      for (const part of [
        "namespace",
        "pods",
        "services",
        "quotas",
        "limitRanges",
        "networkPolicies",
        "routes",
      ] as const)
        s.read[part] = [];
      s.read.volumeClaims = [];
      s.read.state = { ...s.read.state, statefulSet: undefined, values: undefined, release: undefined };
      apiAway(s, "ingress-not-served");
    },
    follows: [
      "control-plane-missing",
      "service-missing",
      "ingress-route-missing",
      "quota-missing",
      "network-policy-missing",
    ],
  },
  {
    code: "finalizer-stuck",
    name: "a claim that nobody finalizes, in a namespace that is being deleted",
    breaks: (s) => {
      put(s.read.namespace[0], "metadata.deletionTimestamp", MINUTES_AGO);
      s.read.volumeClaims = [
        ...s.read.volumeClaims,
        object(
          "left",
          { status: { phase: "Bound" } },
          { deletionTimestamp: MINUTES_AGO, finalizers: ["example.org/x"] },
        ),
      ];
    },
    follows: ["namespace-terminating"],
  },
  {
    code: "namespace-terminating",
    name: "while it is being deleted",
    breaks: (s) => {
      put(s.read.namespace[0], "metadata.deletionTimestamp", MINUTES_AGO);
      s.read.services = [];
      put(s.read.state, "statefulSet", undefined);
    },
    follows: ["service-missing", "control-plane-missing"],
  },
  {
    code: "namespace-unmarked",
    name: "annotations removed",
    breaks: (s) => {
      put(s.read.namespace[0], "metadata.annotations", {});
    },
  },
  {
    code: "control-plane-missing",
    name: "kubectl delete statefulset",
    breaks: (s) => {
      s.read.pods = [];
      put(s.read.state, "statefulSet", undefined);
      put(s.read.state, "release.drift", ["StatefulSet vcluster-dev-helm is missing"]);
      apiAway(s);
    },
    follows: ["release-drift", "api-unreachable", "application-not-compared"],
  },
  {
    code: "control-plane-paused",
    name: "vcluster pause",
    breaks: (s) => {
      put(s.read.state, "statefulSet.metadata.annotations", { "loft.sh/paused": "true" });
      put(s.read.state, "statefulSet.spec.replicas", 0);
      s.read.pods = [];
      apiAway(s);
    },
    follows: ["control-plane-scaled-down", "control-plane-not-ready"],
  },
  {
    code: "control-plane-scaled-down",
    name: "kubectl scale --replicas=0",
    breaks: (s) => {
      put(s.read.state, "statefulSet.spec.replicas", 0);
      put(s.read.state, "release.drift", [
        "StatefulSet vcluster-dev-helm: spec.replicas is 0 instead of 1 (written by kubectl)",
      ]);
      s.read.pods = [];
      apiAway(s);
    },
    follows: ["control-plane-not-ready", "release-drift", "api-unreachable", "application-not-compared"],
  },
  {
    code: "control-plane-refused",
    name: "by a webhook",
    breaks: (s) => {
      s.read.pods = [];
      s.read.events = [
        event("StatefulSet", "vcluster-dev-helm", "FailedCreate", 'admission webhook "x" denied the request'),
      ];
      apiAway(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-refused",
    name: "by a quota of others",
    breaks: (s) => {
      s.read.pods = [];
      s.read.events = [
        event(
          "StatefulSet",
          "vcluster-dev-helm",
          "FailedCreate",
          "is forbidden: exceeded quota: other, requested: pods=1",
        ),
      ];
      apiAway(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-unschedulable",
    name: "a node selector that no node has",
    breaks: (s) => {
      put(pod(s), "status.conditions", [
        { type: "PodScheduled", status: "False", message: "0/2 nodes are available: 2 node(s) didn't match" },
      ]);
      put(pod(s), "status.containerStatuses", []);
      apiAway(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-image-missing",
    name: "kubectl set image",
    breaks: (s) => {
      container(s, { state: { waiting: { reason: "ImagePullBackOff" } } });
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-mount-failed",
    name: "a Secret that is missing",
    breaks: (s) => {
      container(s, { state: { waiting: { reason: "ContainerCreating" } } });
      s.read.events = [event("Pod", "vcluster-dev-helm-0", "FailedMount", 'secret "x" not found')];
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-out-of-memory",
    name: "a limit that is too low",
    breaks: (s) => {
      container(s, {
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { reason: "OOMKilled", exitCode: 137, message: CANARY } },
      });
    },
    follows: ["control-plane-crashing", "control-plane-not-ready"],
  },
  {
    code: "control-plane-crashing",
    name: "a wrong argument",
    breaks: (s) => {
      container(s, {
        state: { waiting: { reason: "CrashLoopBackOff", message: CANARY } },
        lastState: { terminated: { reason: "Error", exitCode: 1, message: CANARY } },
      });
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "control-plane-not-ready",
    name: "its probe fails",
    breaks: (s) => {
      notReady(s);
    },
    follows: ["api-unreachable", "application-not-compared"],
  },
  {
    code: "control-plane-restarting",
    name: "three times, and ready again",
    breaks: (s) => {
      put(pod(s), "status.containerStatuses", [
        { name: "syncer", restartCount: 3, lastState: { terminated: { exitCode: 2, finishedAt: MINUTES_AGO } } },
      ]);
    },
  },
  {
    code: "control-plane-certificates-missing",
    name: "kubectl delete secret",
    breaks: (s) => {
      put(s.read.state, "hasCertificates", false);
      Reflect.deleteProperty(s.read, "certificates");
    },
  },
  {
    code: "etcd-not-ready",
    name: "one of three members",
    breaks: (s) => {
      (s.expected.controlPlane as { replicas: number }).replicas = 3;
      s.read.volumeClaims = [0, 1, 2].flatMap((index) =>
        ["vcluster-dev-helm", "vcluster-dev-helm-etcd"].map((set) =>
          object(`data-${set}-${index}`, { spec: {}, status: { phase: "Bound" } }),
        ),
      );
      notReady(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "volume-missing",
    name: "kubectl delete persistentvolumeclaim",
    breaks: (s) => {
      s.read.volumeClaims = [];
      notReady(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "volume-terminating",
    name: "kubectl delete persistentvolumeclaim while its pod runs",
    breaks: (s) => {
      put(s.read.volumeClaims[0], "metadata.deletionTimestamp", MINUTES_AGO);
      put(s.read.volumeClaims[0], "metadata.finalizers", ["kubernetes.io/pvc-protection"]);
    },
  },
  {
    code: "volume-unbound",
    name: "no such StorageClass",
    breaks: (s) => {
      s.read.volumeClaims = [
        object("data-vcluster-dev-helm-0", { spec: { storageClassName: "fast" }, status: { phase: "Pending" } }),
      ];
      put(pod(s), "status.conditions", [{ type: "PodScheduled", status: "False", message: "unbound claims" }]);
      apiAway(s);
    },
    follows: ["control-plane-unschedulable", "control-plane-not-ready"],
  },
  {
    code: "service-missing",
    name: "kubectl delete service",
    breaks: (s) => {
      s.read.services = [];
      put(s.read.state, "hasCertificates", false);
      apiAway(s, "ingress-not-served");
    },
    follows: ["control-plane-certificates-missing", "ingress-not-served"],
  },
  {
    code: "service-without-pods",
    name: "another selector",
    breaks: (s) => {
      put(s.read.services[0], "spec.selector", { app: "nobody" });
      apiAway(s);
    },
  },
  {
    code: "service-port-wrong",
    name: "another target",
    breaks: (s) => {
      put(s.read.services[0], "spec.ports", [{ port: 443, targetPort: 9999 }]);
      apiAway(s);
    },
  },
  {
    code: "helm-record-foreign",
    name: "a Secret of a tenant, by its number the newest",
    breaks: (s) => {
      const name = "sh.helm.release.v1.vcluster-dev-helm.v99-x-shop-x-vcluster-dev-helm";
      const original = { namespace: "shop", name: "sh.helm.release.v1.vcluster-dev-helm.v99" };
      put(s.read.state, "records", { foreign: [{ name }, { name: "mine", original }], unreadable: [] });
    },
  },
  {
    code: "helm-record-unreadable",
    name: "the newest, after a failed upgrade",
    breaks: (s) => {
      put(s.read.state, "release.status", "failed");
      put(s.read.state, "release.drift", ["Service vcluster-dev-helm is missing"]);
      put(s.read.state, "records", { foreign: [], unreadable: ["sh.helm.release.v1.vcluster-dev-helm.v3"] });
    },
    follows: ["release-failed", "release-drift"],
  },
  {
    code: "release-pending",
    name: "a killed upgrade",
    breaks: (s) => {
      put(s.read.state, "release.status", "pending-upgrade");
    },
  },
  {
    code: "release-failed",
    name: "with a control plane that runs",
    breaks: (s) => {
      put(s.read.state, "release.status", "failed");
    },
  },
  {
    code: "release-drift",
    name: "a label that was changed, and a value that may be secret",
    breaks: (s) => {
      put(s.read.state, "release.drift", [
        `StatefulSet vcluster-dev-helm: spec.template.env is "${CANARY}" instead of "x" (written by kubectl-edit)`,
      ]);
    },
  },
  {
    code: "release-object-immutable",
    name: "a StatefulSet that was made again with another serviceName",
    breaks: (s) => {
      put(s.read.state, "release.immutable", [
        {
          difference: `StatefulSet vcluster-dev-helm: spec.serviceName is "${CANARY}" instead of "x" (written by kubectl-edit)`,
          fix: "`kubectl delete StatefulSet vcluster-dev-helm -n dev-vcluster --cascade=orphan`, then update again (nothing is lost)",
        },
      ]);
    },
  },
  {
    code: "release-object-stuck",
    name: "a Service account with a finalizer",
    breaks: (s) => {
      put(s.read.state, "release.deleting", [
        "ServiceAccount vc-vcluster-dev-helm has been deleted at 2026 and is not gone yet. Fix: see to what holds it, or `kubectl patch x`; then update again.",
      ]);
    },
  },
  {
    code: "source-namespace-missing",
    name: "kubectl delete namespace shared",
    breaks: (s) => {
      s.read.sources = [{ name: "shared", exists: false, secrets: [], configMaps: [] }];
      s.read.syncerRights = [{ namespace: "shared", right: "list secrets" }];
    },
    follows: ["syncer-rights-missing"],
  },
  {
    code: "mapping-invalid",
    name: "a source without a slash",
    breaks: (s) => {
      put(values(s), "sync.fromHost.secrets.mappings.byName", { shared: "config/*" });
      s.expected = { ...s.expected, sync: { ...s.expected.sync, secrets: { shared: "config/*" } } };
      container(s, { state: { waiting: { reason: "CrashLoopBackOff" } } });
    },
    follows: ["control-plane-crashing", "control-plane-not-ready"],
  },
  {
    code: "mapping-target-shared",
    name: "two sources for one target",
    breaks: (s) => {
      put(values(s), "sync.fromHost.secrets.mappings.byName", { "a/x": "config/app", "b/y": "config/app" });
    },
    follows: ["mapping-without-sync"],
  },
  {
    code: "scheduler-without-nodes",
    name: "nodes are not synced",
    breaks: (s) => {
      put(values(s), "sync.fromHost.nodes.enabled", false);
      container(s, { state: { waiting: { reason: "CrashLoopBackOff" } } });
    },
    follows: ["control-plane-crashing"],
  },
  {
    code: "syncer-rights-missing",
    name: "kubectl delete clusterrolebinding",
    breaks: (s) => {
      s.read.syncerRights = [{ namespace: "", right: "list nodes" }];
      s.read.insideNodes = [];
      notReady(s, false);
    },
    follows: ["nodes-not-synced", "control-plane-not-ready"],
  },
  {
    code: "nodes-not-synced",
    name: "only nodes that vCluster makes up",
    breaks: (s) => {
      s.read.insideNodes = [{ metadata: { name: "fake" } }];
    },
  },
  {
    code: "ingress-classes-not-synced",
    name: "none is inside",
    breaks: (s) => {
      s.read.insideIngressClasses = [];
    },
  },
  {
    code: "source-not-copied",
    name: "a Secret without a copy",
    breaks: (s) => {
      s.read.copies = { secrets: new Set(), configMaps: new Set() };
    },
  },
  {
    code: "mapping-without-sync",
    name: "the configuration has another mapping",
    breaks: (s) => {
      s.expected = { ...s.expected, sync: { ...s.expected.sync, configMaps: {} } };
    },
  },
  {
    code: "host-refused-object",
    name: "an Ingress for a host of another environment",
    breaks: (s) => {
      s.read.refused = [
        {
          kind: "Ingress",
          namespace: "shop",
          name: "web",
          message: `Error syncing: ValidatingAdmissionPolicy 'x' denied request: hosts; key isolation.ingressHosts; token: ${CANARY}`,
        },
      ];
      s.read.applications = [application({ sync: { status: "Synced" }, health: { status: "Progressing" } })];
    },
    follows: ["application-unhealthy"],
  },
  {
    code: "node-selector-unmatched",
    name: "with the virtual scheduler off",
    breaks: (s) => {
      put(values(s), "controlPlane.distro.k8s.scheduler.enabled", false);
      s.read.pods = [...s.read.pods, waitingPod({ nodeSelector: { disk: "fast" } })];
    },
  },
  {
    code: "pod-unschedulable",
    name: "too large for every node",
    breaks: (s) => {
      s.read.pods = [...s.read.pods, waitingPod()];
    },
  },
  {
    code: "inside-dns-down",
    name: "no pod",
    breaks: (s) => {
      s.read.insideDns = [];
    },
  },
  {
    code: "inside-dns-down",
    name: "no Deployment",
    breaks: (s) => {
      s.read.insideDns = [];
      s.read.insideDnsDeployments = [];
    },
  },
  {
    code: "pod-not-copied",
    name: "a node, and no copy",
    breaks: (s) => {
      s.read.pendingPods = [object("web", { spec: { nodeName: "node-1" } }, { namespace: "shop" })];
    },
  },
  {
    code: "ingress-namespace-empty",
    name: "the controller is elsewhere",
    breaks: (s) => {
      s.read.ingressWorkloads = [];
      fail(s, "api-unreachable");
    },
  },
  {
    code: "ingress-controller-down",
    name: "no pod is ready",
    breaks: (s) => {
      s.read.ingressWorkloads = [workload("DaemonSet", "traefik", "ingress-nginx", 0)];
      fail(s, "ingress-port-closed");
    },
    follows: ["ingress-port-closed"],
  },
  {
    code: "ingress-class-missing",
    name: "kubectl delete ingressclass",
    breaks: (s) => {
      s.read.ingressClasses = [];
      s.read.insideIngressClasses = [];
      fail(s, "ingress-not-served");
    },
    follows: ["ingress-not-served"],
  },
  {
    code: "ingress-route-missing",
    name: "kubectl delete ingress",
    breaks: (s) => {
      s.read.routes = [];
      fail(s, "ingress-not-served");
    },
  },
  {
    code: "ingress-host-wrong",
    name: "another host",
    breaks: (s) => {
      put((getPath(route(s), "spec.rules") as JsonObject[])[0], "host", "other.example.org");
      fail(s, "ingress-not-served");
    },
  },
  {
    code: "ingress-passthrough-off",
    name: "the annotation is removed",
    breaks: (s) => {
      put(route(s), "metadata.annotations", {});
      fail(s, "tls-terminated-elsewhere");
    },
    follows: ["tls-terminated-elsewhere"],
  },
  {
    code: "ingress-backend-wrong",
    name: "another port",
    breaks: (s) => {
      const rule = (getPath(route(s), "spec.rules") as JsonObject[])[0];
      put(rule, "http.paths", [{ backend: { service: { name: "vcluster-dev-helm", port: { number: 8080 } } } }]);
      fail(s, "api-unreachable");
    },
  },
  {
    code: "hostname-in-use",
    name: "two environments on one host name",
    breaks: (s) => {
      put(s.read.state, "claims", [
        ...s.read.state.claims,
        { host: s.names.apiHost, namespace: "pr-1-vcluster", by: "Ingress pr-1-vcluster/web" },
      ]);
      fail(s, "tls-terminated-elsewhere");
    },
  },
  ...(
    [
      ...["api-host-unresolvable", "ingress-port-closed", "ingress-not-served", "tls-handshake-failed"],
      ...["tls-terminated-elsewhere", "certificate-name-missing", "certificate-incluster-name-missing"],
      ...["serving-certificate-expired", "api-unreachable", "api-not-ready", "argocd-rights-missing"],
    ] as ApiCode[]
  ).map(probe),
  {
    code: "serving-certificate-expiring",
    name: "20 days",
    breaks: (s) => {
      s.read.served = { name: "served", from: days(-345), until: days(20) };
    },
  },
  {
    code: "argocd-missing",
    name: "in another namespace",
    breaks: (s) => {
      s.read.argocdWorkloads = [];
      s.read.projects = [];
    },
    follows: ["argocd-project-missing"],
  },
  {
    code: "argocd-down",
    name: "the application controller is scaled to 0",
    breaks: (s) => {
      s.read.argocdWorkloads = [
        { ...workload("StatefulSet", "argocd-application-controller", "argocd", 0), spec: { replicas: 0 } },
      ];
      s.read.applications = [application({ sync: { status: "Unknown" } })];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "argocd-cluster-missing",
    name: "kubectl delete secret",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", undefined);
      s.read.applications = [application({ sync: { status: "Unknown" } })];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "argocd-name-ambiguous",
    name: "another Secret with the cluster's name",
    breaks: (s) => {
      s.read.namesakes = ["theirs"];
      s.read.applications = [
        application({
          sync: { status: "Unknown" },
          conditions: [{ type: "InvalidSpecError", message: "there are 2 clusters with the same name" }],
        }),
      ];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "argocd-label-missing",
    name: "kubectl label",
    breaks: (s) => {
      put(s.read.state, "argocdCluster.metadata.labels", {});
    },
  },
  {
    code: "argocd-server-wrong",
    name: "another URL",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", clusterSecret("https://elsewhere", token(days(3650))));
    },
  },
  {
    code: "argocd-authority-wrong",
    name: "an older authority",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", clusterSecret(s.names.inClusterUrl, token(days(3650)), "b2xk"));
    },
  },
  {
    code: "argocd-token-missing",
    name: "an empty one",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", clusterSecret(s.names.inClusterUrl, ""));
    },
  },
  {
    code: "argocd-token-expired",
    name: "yesterday, so that it is rejected too",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", clusterSecret(s.names.inClusterUrl, token(days(-1))));
      fail(s, "argocd-token-rejected");
    },
    follows: ["argocd-token-rejected"],
  },
  {
    code: "argocd-token-expiring",
    name: "20 days",
    breaks: (s) => {
      put(s.read.state, "argocdCluster", clusterSecret(s.names.inClusterUrl, token(days(20))));
    },
  },
  {
    code: "argocd-token-rejected",
    name: "its account was deleted",
    breaks: (s) => {
      apiAway(s, "argocd-token-rejected");
    },
    follows: ["application-not-compared"],
  },
  {
    code: "argocd-project-missing",
    name: "kubectl delete appproject",
    breaks: (s) => {
      s.read.projects = [];
      s.read.applications = [
        application({ sync: { status: "Unknown" }, conditions: [{ type: "InvalidSpecError", message: "no project" }] }),
      ];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "application-stuck",
    name: "held by Argo CD's finalizer",
    breaks: (s) => {
      s.read.applications = [
        application(
          { sync: { status: "Unknown" }, health: { status: "Missing" } },
          { deletionTimestamp: MINUTES_AGO, finalizers: ["resources-finalizer.argocd.argoproj.io"] },
        ),
      ];
    },
    follows: ["application-not-compared"],
  },
  {
    code: "application-not-compared",
    name: "its repository does not answer",
    breaks: (s) => {
      s.read.applications = [
        application({
          sync: { status: "Unknown" },
          conditions: [{ type: "ComparisonError", message: `https://user:${CANARY}@git.example.org: not found` }],
        }),
      ];
    },
    follows: ["application-unhealthy"],
  },
  {
    code: "application-unhealthy",
    name: "Degraded",
    breaks: (s) => {
      s.read.applications = [application({ sync: { status: "Synced" }, health: { status: "Degraded" } })];
    },
  },
  {
    code: "quota-missing",
    name: "kubectl delete resourcequota",
    breaks: (s) => {
      s.read.quotas = s.read.quotas.slice(1);
    },
  },
  {
    code: "quota-changed",
    name: "raised on the host",
    breaks: (s) => {
      put(s.read.quotas[0], "spec.hard.pods", "1000");
      put(s.read.quotas[0], "status.hard.pods", "1000");
    },
  },
  {
    code: "limit-range-missing",
    name: "kubectl delete limitrange",
    breaks: (s) => {
      s.read.limitRanges = [];
    },
  },
  {
    code: "network-policy-missing",
    name: "that of the control plane, so that everything is closed",
    breaks: (s) => {
      s.read.networkPolicies = s.read.networkPolicies.slice(0, 3);
      apiAway(s);
    },
    follows: ["network-policy-ingress-closed", "network-policy-host-api-closed", "api-unreachable"],
  },
  {
    code: "network-policy-foreign",
    name: "one that opens everything",
    breaks: (s) => {
      s.read.networkPolicies = [
        ...s.read.networkPolicies,
        object("open", { spec: { podSelector: {}, ingress: [{}] } }),
      ];
    },
  },
  ...(
    [
      [
        "network-policy-ingress-closed",
        "spec.ingress",
        [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "argocd" } } }] }],
      ],
      [
        "network-policy-argocd-closed",
        "spec.ingress",
        [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }] }],
      ],
      ["network-policy-host-api-closed", "spec.egress", [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }]],
    ] as const
  ).map(([code, path, rules]): Fault => ({
    code,
    name: "the policy of the control plane is tighter",
    breaks: (s) => {
      put(s.read.networkPolicies[3], path, rules);
      if (code === "network-policy-ingress-closed") fail(s, "api-unreachable");
      else if (code === "network-policy-host-api-closed") apiAway(s);
      else s.read.applications = [application({ sync: { status: "Unknown" } })];
    },
  })),
  {
    code: "admission-policy-missing",
    name: "kubectl delete validatingadmissionpolicybinding",
    breaks: (s) => {
      s.read.admissionBindings = s.read.admissionBindings.slice(1);
    },
  },
  {
    code: "admission-policy-disabled",
    name: "only warns",
    breaks: (s) => {
      put(s.read.admissionBindings[0], "spec.validationActions", ["Warn"]);
    },
  },
  {
    code: "pod-security-changed",
    name: "privileged",
    breaks: (s) => {
      put(s.read.namespace[0], "metadata.labels", {
        "vcluster-environments/environment": "dev",
        "pod-security.kubernetes.io/enforce": "privileged",
      });
    },
  },
  {
    code: "priority-class-missing",
    name: "kubectl delete priorityclass",
    breaks: (s) => {
      s.read.priorityClasses = without(s.read.priorityClasses, s.names.workloadPriorityClass);
      s.read.refused = [
        { kind: "Pod", namespace: "shop", name: "web", message: "no PriorityClass with name x was found" },
      ];
    },
    follows: ["host-refused-object"],
  },
  {
    code: "quota-full",
    name: "and the next object is refused",
    breaks: (s) => {
      put(s.read.quotas[1], "status.used.secrets", "300");
      s.read.refused = [{ kind: "Secret", namespace: "shop", name: "web", message: "exceeded quota: secrets" }];
    },
  },
  {
    code: "quota-full",
    name: "lowered on the host, so that the control plane's pod is refused",
    breaks: (s) => {
      put(s.read.quotas[0], "spec.hard.pods", "1");
      put(s.read.quotas[0], "status.hard.pods", "1");
      s.read.pods = [];
      s.read.events = [event("StatefulSet", "vcluster-dev-helm", "FailedCreate", "exceeded quota")];
      apiAway(s);
    },
    follows: ["quota-changed", "control-plane-refused", "control-plane-not-ready"],
  },
  {
    code: "quota-nearly-full",
    name: "90 %",
    breaks: (s) => {
      put(s.read.quotas[1], "status.used.secrets", "280");
    },
  },
  {
    code: "volume-full",
    name: "97 %, so that nothing starts",
    breaks: (s) => {
      s.read.volumeUse = { used: 970, capacity: 1000 };
      notReady(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "volume-nearly-full",
    name: "85 %",
    breaks: (s) => {
      s.read.volumeUse = { used: 850, capacity: 1000 };
    },
  },
  {
    code: "certificate-expired",
    name: "yesterday",
    breaks: (s) => {
      certificates(s, -1);
      notReady(s);
    },
    follows: ["control-plane-not-ready"],
  },
  {
    code: "certificate-expiring",
    name: "20 days",
    breaks: (s) => {
      certificates(s, 20);
    },
  },
  {
    code: "administrator-rejected",
    name: "401",
    breaks: (s) => {
      s.read.administrator = { rejected: "Unauthorized" };
    },
  },
  {
    code: "certificates-unreadable",
    name: "no ca.crt",
    breaks: (s) => {
      put(s.read.certificates, "authority", "");
      put(s.read.state, "argocdCluster", undefined);
      put(s.expected.argocd, "register", false);
    },
  },
  {
    code: "host-version-unsupported",
    name: "1.29",
    breaks: (s) => {
      s.read.version = "v1.29.3";
      s.read.nodes = s.read.nodes.map((node) => ({ ...node, status: { ...(node["status"] as object), nodeInfo: {} } }));
    },
  },
  {
    code: "kubelet-skew",
    name: "four minor versions older",
    breaks: (s) => {
      put(s.read.nodes[1], "status.nodeInfo.kubeletVersion", "v1.30.0");
    },
  },
  {
    code: "version-skew",
    name: "1.32 on 1.34 with chart 0.26",
    breaks: (s) => {
      s.read.podApi = { version: "v1.32.1" };
    },
  },
  {
    code: "image-of-other-version",
    name: "kubectl set image",
    breaks: (s) => {
      put(s.read.state, "statefulSet.spec.template.spec.containers", [
        { image: "ghcr.io/loft-sh/vcluster-oss:0.30.0" },
      ]);
    },
  },
];

function certificates(snapshot: Loose, left: number): void {
  put(snapshot.read.certificates, "validities", [{ name: "apiserver.crt", from: days(left - 365), until: days(left) }]);
}
