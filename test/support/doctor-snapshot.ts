import { type Settings, settings } from "../../components/config/defaults";
import { podLabels } from "../../components/names";
import type { KubeObject } from "../../doctor/objects";
import type { Parts, Snapshot, Unread } from "../../doctor/snapshot";
import { base64 } from "../../shared/base64";
import type { JsonObject } from "../../shared/json";

/** What tests may change of a snapshot. */
export type Loose = { -readonly [Key in keyof Snapshot]: Snapshot[Key] } & {
  read: { -readonly [Part in keyof Parts]: Parts[Part] };
  unread: Partial<Record<keyof Parts, Unread>>;
  expected: Settings;
};

export const NOW = new Date("2026-11-27T12:00:00Z");
/** A value that must be in no report: it is wherever a snapshot has secrets. */
export const CANARY = "canary-of-the-doctor-1a2b3c4d";
const LONG_AGO = "2026-11-26T12:00:00Z";
const DAY_MS = 86_400_000;

export const days = (count: number) => new Date(NOW.getTime() + count * DAY_MS);

/** A token of which only the claims mean something. */
export function token(end: Date): string {
  const [header, claims] = [{ alg: "RS256" }, { exp: end.getTime() / 1000 }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  return `${header ?? ""}.${claims ?? ""}.${Buffer.from(CANARY).toString("base64url")}`;
}

/** Argo CD's Secret of the cluster. */
export function clusterSecret(server: string, bearerToken: string, caData = base64("the authority")) {
  return {
    metadata: { name: "dev-vcluster", namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
    data: { server: base64(server), config: base64(JSON.stringify({ bearerToken, tlsClientConfig: { caData } })) },
  };
}

/** An object in the environment's namespace. */
export function object(name: string, more: JsonObject = {}, metadata: JsonObject = {}): KubeObject {
  return {
    metadata: { name, namespace: "dev-vcluster", creationTimestamp: LONG_AGO, ...metadata },
    ...more,
  };
}

/** A workload of the host with so many ready pods. */
export function workload(kind: string, name: string, namespace: string, ready = 1): KubeObject {
  const status = kind === "DaemonSet" ? { numberReady: ready } : { readyReplicas: ready };
  return { kind, metadata: { name, namespace, generation: 2 } as object, spec: { replicas: 1 }, status };
}

/** Everything of an environment `dev` that works. A new one at each call. */
export function healthySnapshot(): Loose {
  const expected = settings("dev", { domain: "doctor.invalid" });
  const { names } = expected;
  const labels = podLabels(names);
  const from = (namespace: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  });
  const policy = (suffix: string, spec: JsonObject) => object(`${names.release}-${suffix}`, { spec });
  const quota = (suffix: string, hard: JsonObject, used: JsonObject) =>
    object(`${names.release}-${suffix}`, { spec: { hard }, status: { hard, used } });
  const configured = expected.isolation.quota;
  return {
    names,
    expected,
    stack: "dev",
    now: NOW,
    unread: {},
    read: {
      connection: {},
      version: "v1.34.4",
      nodes: [
        {
          metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "node-1" } },
          status: { nodeInfo: { kubeletVersion: "v1.34.4" }, conditions: [{ type: "Ready", status: "True" }] },
        },
        {
          metadata: { name: "node-2", labels: { "kubernetes.io/hostname": "node-2" } },
          status: { nodeInfo: { kubeletVersion: "v1.33.1" }, conditions: [{ type: "Ready", status: "True" }] },
        },
      ],
      dns: [workload("Deployment", "coredns", "kube-system")],
      namespace: [
        {
          metadata: {
            name: names.namespace,
            labels: { "vcluster-environments/environment": "dev", "pod-security.kubernetes.io/enforce": "baseline" },
            annotations: {
              "vcluster-environments/stack": "organization/p/dev",
              "vcluster-environments/identity": "abc",
            },
          },
        },
      ],
      statefulSet: true,
      values: true,
      release: true,
      registration: true,
      certificatesSecret: true,
      hostnames: true,
      state: {
        others: [],
        claims: [
          { host: names.apiHost, namespace: names.namespace, by: `Ingress ${names.namespace}/${names.ingress}` },
        ],
        unhealthyApplications: [],
        release: { status: "deployed", drift: [], deleting: [], values: { password: CANARY } },
        hasCertificates: true,
        argocdCluster: clusterSecret(names.inClusterUrl, token(days(3650))),
        argocdProject: undefined,
        argocdApplications: [],
        delivering: undefined,
        found: { namespace: undefined, contents: [] },
        identified: true,
        unreadable: [],
        unanswered: [],
        kubernetes: "1.34",
        deletedClaims: [],
        mayReadSecrets: true,
        statefulSet: object(
          names.release,
          {
            spec: {
              replicas: 1,
              volumeClaimTemplates: [{ metadata: { name: "data" } }],
              template: {
                spec: {
                  serviceAccountName: names.syncer,
                  initContainers: [{ image: "ghcr.io/loft-sh/kubernetes:v1.34.4" }],
                  containers: [{ image: "ghcr.io/loft-sh/vcluster-oss:0.26.0", env: [{ name: "A", value: CANARY }] }],
                },
              },
            },
            status: { readyReplicas: 1 },
          },
          { labels: { chart: "vcluster-0.26.0" } },
        ),
        values: {
          controlPlane: {
            distro: { k8s: { scheduler: { enabled: true } } },
          },
          sync: {
            toHost: { ingresses: { enabled: true } },
            fromHost: {
              nodes: { enabled: true },
              ingressClasses: { enabled: true },
              secrets: { enabled: true, mappings: { byName: { ...expected.sync.secrets } } },
              configMaps: { enabled: true, mappings: { byName: { ...expected.sync.configMaps } } },
            },
          },
          secretValue: CANARY,
        },
      },
      pods: [
        object(
          names.pod,
          {
            spec: { nodeName: "node-1" },
            status: {
              phase: "Running",
              conditions: [
                { type: "Ready", status: "True" },
                { type: "PodScheduled", status: "True" },
              ],
              containerStatuses: [{ name: "syncer", restartCount: 0, state: { running: {} } }],
            },
          },
          { labels: labels.controlPlane },
        ),
      ],
      events: [],
      services: [
        object(names.release, { spec: { selector: labels.controlPlane, ports: [{ port: 443, targetPort: 8443 }] } }),
      ],
      endpoints: [],
      volumeClaims: [object(names.volumeClaim, { spec: { storageClassName: "standard" }, status: { phase: "Bound" } })],
      quotas: [
        quota("workloads", { pods: configured["pods"] }, { pods: "2" }),
        quota(
          "objects",
          { secrets: configured["secrets"], "services.loadbalancers": "0" },
          { secrets: "20", "services.loadbalancers": "0" },
        ),
      ],
      limitRanges: [object(names.release)],
      networkPolicies: [
        policy("all-pods", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
        policy("workloads", { podSelector: { matchLabels: { "vcluster.loft.sh/managed-by": names.release } } }),
        policy("acme-solvers", { podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } } }),
        policy("control-plane", {
          podSelector: { matchLabels: labels.controlPlane },
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [from("ingress-nginx"), from("argocd")], ports: [{ protocol: "TCP", port: 8443 }] }],
          egress: [{ to: [{ ipBlock: { cidr: "192.0.2.1/32" } }], ports: [{ protocol: "TCP", port: 6443 }] }],
        }),
      ],
      routes: [
        {
          ...object(
            names.ingress,
            {
              spec: {
                ingressClassName: "nginx",
                rules: [
                  {
                    host: names.apiHost,
                    http: {
                      paths: [{ path: "/", backend: { service: { name: names.release, port: { number: 443 } } } }],
                    },
                  },
                ],
              },
            },
            { annotations: { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" } },
          ),
          kind: "Ingress",
        },
      ],
      ingressClasses: [{ metadata: { name: "nginx" } }],
      storageClasses: [{ metadata: { name: "standard" } }],
      priorityClasses: [
        { metadata: { name: names.priorityClass } },
        { metadata: { name: names.workloadPriorityClass } },
      ],
      admissionPolicies: [names.admissionPolicy, names.hostPolicy].map((name) => ({
        metadata: { name },
        spec: { failurePolicy: "Fail", matchConditions: [{ name: "by-the-syncer" }] },
      })),
      admissionBindings: [names.admissionPolicy, names.hostPolicy].map((name) => ({
        metadata: { name },
        spec: { validationActions: ["Deny"] },
      })),
      ingressWorkloads: [workload("DaemonSet", "traefik", "ingress-nginx")],
      hostApi: [{ endpoints: [{ addresses: ["192.0.2.1"] }], ports: [{ port: 6443 }] }],
      argocdWorkloads: [
        workload("StatefulSet", "argocd-application-controller", "argocd"),
        workload("Deployment", "argocd-repo-server", "argocd"),
      ],
      projects: [{ metadata: { name: names.argocdCluster, namespace: "argocd" } }],
      applications: [application({ sync: { status: "Synced" }, health: { status: "Healthy" } })],
      certificates: {
        validities: [{ name: "apiserver.crt", from: days(-1), until: days(364) }],
        authority: base64("the authority"),
      },
      sources: [
        {
          name: "shared",
          exists: true,
          secrets: [object("app-config", { data: { value: CANARY } }, { namespace: "shared" })],
          configMaps: [],
        },
      ],
      syncerRights: [],
      volumeUse: { used: 100, capacity: 1000 },
      api: {},
      served: { name: "served", from: days(-1), until: days(364) },
      podApi: { version: "v1.34.4" },
      administrator: {},
      ownRights: [],
      passthrough: {},
      namesakes: [],
      insideNodes: [{ metadata: { name: "node-1" } }],
      insideDns: [
        {
          metadata: { name: "coredns-1", namespace: "kube-system" },
          status: { conditions: [{ type: "Ready", status: "True" }] },
        },
      ],
      insideDnsDeployments: [workload("Deployment", "coredns", "kube-system")],
      insideIngressClasses: [{ metadata: { name: "nginx" } }],
      pendingPods: [],
      refused: [],
      copies: { secrets: new Set(["config/app-config"]), configMaps: new Set() },
    },
  };
}

/** An Application of the environment. */
export function application(status: JsonObject, metadata: JsonObject = {}): KubeObject {
  return { metadata: { name: "web-dev", namespace: "argocd", ...metadata }, status };
}
