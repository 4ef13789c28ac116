import type { EnvironmentArgs } from "../../../../components";
import type { AdmissionCase } from "../../../support/admission";

const RELEASE = "vcluster-dev-helm";
const OWN = { "vcluster.loft.sh/managed-by": RELEASE, "vcluster.loft.sh/namespace": "default" };

type Args = Omit<Partial<EnvironmentArgs>, "domain">;
type Refused = readonly string[];
type Isolation = NonNullable<EnvironmentArgs["isolation"]>;

const allowing = (allow: NonNullable<Isolation["allow"]>): Args => ({ isolation: { allow } });

interface Metadata {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: object[];
}

const owner = (more: object = {}) => ({ apiVersion: "v1", kind: "Service", name: RELEASE, uid: "u", ...more });

/** An object as vCluster copies it. */
function synced(rest: object, metadata: Metadata = {}) {
  const { annotations, labels, finalizers, ownerReferences = [owner({ controller: false })] } = metadata;
  return {
    metadata: {
      name: `x-x-default-x-${RELEASE}`,
      namespace: "dev-vcluster",
      annotations: { "vcluster.loft.sh/object-name": "x", ...annotations },
      labels: { ...OWN, ...labels },
      ...(finalizers && { finalizers }),
      ...(ownerReferences.length > 0 && { ownerReferences }),
    },
    ...rest,
  };
}

function pod(spec: object = {}, metadata: Metadata = {}, status: object = {}) {
  const containers = [{ name: "main", image: "busybox" }];
  return synced({ spec: { priorityClassName: `${RELEASE}-workloads`, containers, ...spec }, status }, metadata);
}

const service = (spec: object = {}, metadata: Metadata = {}) =>
  synced({ spec: { type: "ClusterIP", ports: [{ port: 80 }], ...spec } }, metadata);

const backend = { service: { name: "x", port: { number: 80 } } };
const path = (text: string) => ({ path: text, pathType: "Prefix", backend });
const HOST = "app.dev-vcluster.example.org";

function ingress(spec: object = {}, metadata: Metadata = {}) {
  const rules = [{ host: HOST, http: { paths: [path("/")] } }];
  return synced({ spec: { ingressClassName: "nginx", rules, ...spec } }, metadata);
}

const hosts = (...names: string[]) => ingress({ rules: names.map((host) => ({ host })) });
const slice = (...ips: string[]) => synced({ endpoints: ips.map((ip) => ({ addresses: [ip] })) });
const notReady = (ip: string) => synced({ endpoints: [{ addresses: [ip], conditions: { ready: false } }] });
const numbered = (length: number) => Array.from({ length }, (_, index) => `10.1.0.${index}`);
const endpoints = (...ips: string[]) => synced({ subsets: [{ addresses: ips.map((ip) => ({ ip })) }] });
const claim = (spec: object = {}, metadata: Metadata = {}) =>
  synced({ spec: { accessModes: ["ReadWriteOnce"], storageClassName: "standard", ...spec } }, metadata);
const classless = (spec: object = {}) => claim({ storageClassName: undefined, ...spec });
const secret = (rest: object = {}, metadata: Metadata = {}) => synced({ type: "Opaque", ...rest }, metadata);
const helmRecord = (name: string) =>
  secret({ type: "helm.sh/release.v1" }, { labels: { owner: "helm", name, status: "deployed", version: "9999" } });
const named = (name: string) => ({ ...secret(), metadata: { ...secret().metadata, name } });
const volumes = (...all: object[]) => pod({ volumes: all.map((volume, index) => ({ name: `v${index}`, ...volume })) });

const allowed = (kind: string, what: string, object: object, more: Partial<AdmissionCase> = {}): AdmissionCase => ({
  kind,
  what,
  object,
  ...more,
});
const refused = (
  kind: string,
  refusedBy: Refused,
  what: string,
  object: object,
  more: Partial<AdmissionCase> = {},
): AdmissionCase => ({ kind, what, object, refusedBy, ...more });

const INGRESS = "networking.k8s.io/ingresses";
const SLICES = "discovery.k8s.io/endpointslices";
const BUDGETS = "policy/poddisruptionbudgets";
const SNAPSHOTS = "snapshot.storage.k8s.io/volumesnapshots";
const keysOf = (kind: string) => ({ annotations: `annotations-of-${kind}`, labels: `labels-of-${kind}` });
const POD_KEYS = keysOf("pods");
const SERVICE_KEYS = keysOf("services");
const ENDPOINT_KEYS = keysOf("endpoints");
const INGRESS_KEYS = keysOf("ingresses");
const ACCOUNT_KEYS = keysOf("serviceaccounts");
const DATA_KEYS = keysOf("secrets");
const CLAIM_KEYS = keysOf("persistentvolumeclaims");
const OTHER_KEYS = keysOf("leases");

const LABELS = { team: "a", "app.kubernetes.io/name": "platform" };
const budgets = { args: { sync: { toHost: { podDisruptionBudgets: true } }, labels: LABELS } };

const kinds: AdmissionCase[] = [
  ...["configmaps", "secrets", "services", "endpoints", "serviceaccounts"].map((kind) =>
    allowed(kind, "of an ordinary kind", synced({ spec: {} })),
  ),
  allowed("persistentvolumeclaims", "of an ordinary kind", claim()),
  allowed("coordination.k8s.io/leases", "for several control planes", { metadata: {} }),
  allowed(BUDGETS, "that is copied", synced({}), budgets),
  allowed("cert-manager.io/certificates", "that is allowed", synced({}), {
    args: allowing({ kinds: ["certificates.cert-manager.io"] }),
  }),
  ...[
    "serviceaccounts/token",
    "pods/binding",
    "pods/eviction",
    "events",
    "nodes",
    "persistentvolumes",
    "networking.k8s.io/networkpolicies",
    "policy/poddisruptionbudgets",
    "rbac.authorization.k8s.io/roles",
    "cert-manager.io/certificates",
    "services/status",
    SNAPSHOTS,
  ].map((kind) => refused(kind, ["kinds"], "of another kind", synced({ spec: { source: {} } }))),
  refused(INGRESS, ["kinds"], "that is not copied", ingress(), { args: { sync: { toHost: { ingresses: false } } } }),
];

const annotated = (key: string, value = "x") => ({ annotations: { [key]: value } });
const labelled = (key: string) => ({ labels: { [key]: "x" } });

const metadata: AdmissionCase[] = [
  ...[
    "note",
    "prometheus.io/scrape",
    "kubectl.kubernetes.io/restartedAt",
    "checksum/config",
    "kubernetes.io/limit-ranger",
    "vcluster.loft.sh/labels",
    "cluster-autoscaler.kubernetes.io/safe-to-evict",
    "argocd.argoproj.io/tracking-id",
    // Of operators that OLM installs.
    "olm.operatorGroup",
    "olm.operatorNamespace",
    "olm.skipRange",
    "olm.targetNamespaces",
    "operatorframework.io/properties",
    "operators.operatorframework.io/builder",
    "kompose.cmd",
    "kompose.version",
    "weblogic.sha256",
  ].map((key) => allowed("pods", `with the annotation ${key}`, pod({}, annotated(key)))),
  ...[
    "k8s.v1.cni.cncf.io/networks",
    "cni.projectcalico.org/ipAddrs",
    "vault.hashicorp.com/role",
    "ad.datadoghq.com/main.checks",
    "sidecar.istio.io/userVolume",
    "external-dns.alpha.kubernetes.io/hostname",
    // Of container runtimes.
    "org.systemd.property.SuccessAction",
    "io.kubernetes.cri-o.Devices",
    "cpu-quota.crio.io",
    "io.katacontainers.config.hypervisor.path",
    "run.oci.handler",
  ].map((key) => refused("pods", [POD_KEYS.annotations], `with the annotation ${key}`, pod({}, annotated(key)))),
  refused(
    "pods",
    [POD_KEYS.annotations],
    "for a runtime, where keys without a domain are allowed",
    pod({}, annotated("a.b")),
    {
      args: allowing({ annotations: ["*"] }),
    },
  ),
  allowed("pods", "for a runtime, where that is allowed", pod({}, annotated("a.b")), {
    args: allowing({ annotations: ["*", "a.b"] }),
  }),
  allowed("services", "with an annotation without a domain, where all are allowed", service({}, annotated("note")), {
    args: allowing({ annotations: ["*"] }),
  }),
  allowed("services", "with an annotation with a dot, where all are allowed", service({}, annotated("a.b")), {
    args: allowing({ annotations: ["*"] }),
  }),
  ...["configmaps", "secrets", "serviceaccounts", "endpoints", "persistentvolumeclaims"].map((kind) =>
    allowed(kind, "with an annotation with a dot", claim({}, annotated("a.b"))),
  ),
  allowed("pods", "with a label with a dot", pod({}, labelled("a.b"))),
  refused("pods/status", [POD_KEYS.annotations], "with an annotation by its status", pod({}, annotated("a.b/c")), {
    old: pod(),
  }),
  allowed("pods", "with an annotation that is allowed", pod({}, annotated("a.b/c")), {
    args: allowing({ annotations: ["a.b/*"] }),
  }),
  refused(
    "pods",
    [POD_KEYS.annotations],
    "with an annotation beside one that is allowed",
    pod({}, annotated("a.b/c")),
    {
      args: allowing({ annotations: ["a.b/d", "a/*"] }),
    },
  ),
  allowed("pods", "with an annotation of somebody on the host", pod({}, annotated("a.b/c")), {
    old: pod({}, annotated("a.b/c")),
  }),
  refused("pods", [POD_KEYS.annotations], "with another value of it", pod({}, annotated("a.b/c", "y")), {
    old: pod({}, annotated("a.b/c")),
  }),
  ...["app", "app.kubernetes.io/name", "azure.workload.identity/use", "statefulset.kubernetes.io/pod-name"].map((key) =>
    allowed("pods", `with the label ${key}`, pod({}, labelled(key))),
  ),
  ...["sidecar.istio.io/inject", "kueue.x-k8s.io/queue-name", "admission.datadoghq.com/enabled"].map((key) =>
    refused("pods", [POD_KEYS.labels], `with the label ${key}`, pod({}, labelled(key))),
  ),
  ...(["sidecar.istio.io/inject", "linkerd.io/inject"] as const).flatMap((key) => {
    const off = key.startsWith("linkerd") ? "disabled" : "false";
    return [
      allowed("pods", `that no mesh is to change, by ${key}`, pod({}, annotated(key, off))),
      refused(
        "pods",
        [POD_KEYS.annotations],
        `that a mesh is to change, by ${key}`,
        pod({}, annotated(key, "enabled")),
      ),
    ];
  }),
  allowed("pods", "with the zone of its node", pod({}, labelled("topology.kubernetes.io/zone"))),
  refused("pods/status", [POD_KEYS.labels], "with a label by its status", pod({}, labelled("a.b/c")), { old: pod() }),
  allowed("pods", "with a label of somebody on the host", pod({}, labelled("a.b/c")), {
    old: pod({}, labelled("a.b/c")),
  }),
  allowed(
    "services",
    "of the DNS server inside",
    service({}, { ...annotated("prometheus.io/port"), ...labelled("kubernetes.io/cluster-service") }),
  ),
  ...[
    "external-dns.alpha.kubernetes.io/hostname",
    "metallb.io/allow-shared-ip",
    "backend-config-snippet",
    "helm.sh/backend-config-snippet",
    "haproxy.org/backend-config-snippet",
  ].map((key) =>
    refused("services", [SERVICE_KEYS.annotations], `with the annotation ${key}`, service({}, annotated(key))),
  ),
  refused(
    "services",
    [SERVICE_KEYS.labels],
    "with a label that hides it from kube-proxy",
    service({}, labelled("service.kubernetes.io/service-proxy-name")),
  ),
  allowed("endpoints", "with an operator's annotations", synced({}, annotated("leader"))),
  refused(
    "endpoints",
    [ENDPOINT_KEYS.annotations],
    "with an annotation of a controller",
    synced({}, annotated("a.b/c")),
  ),
  refused(SLICES, [ENDPOINT_KEYS.labels], "with a label of a controller", synced({}, labelled("a.b/c"))),
  ...[
    "nginx.ingress.kubernetes.io/rewrite-target",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "traefik.ingress.kubernetes.io/router.entrypoints",
    "haproxy.org/ssl-redirect",
    "cert-manager.io/cluster-issuer",
    "meta.helm.sh/release-name",
  ].map((key) => allowed(INGRESS, `with the annotation ${key}`, ingress({}, annotated(key)))),
  ...[
    "nginx.ingress.kubernetes.io/server-alias",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/mirror-target",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/stream-snippet",
    "nginx.ingress.kubernetes.io/from-to-www-redirect",
    "nginx.ingress.kubernetes.io/auth-tls-match-cn",
    "traefik.ingress.kubernetes.io/service.sticky.cookie",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "traefik.ingress.kubernetes.io/router.pathmatcher",
    "traefik.ingress.kubernetes.io/service.serverstransport",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
    "haproxy.org/backend-config-snippet",
    "haproxy.org/auth-secret",
    "haproxy.org/server-crt",
    "haproxy-ingress.github.io/server-alias-regex",
    "backend-config-snippet",
    "vcluster.loft.sh/backend-config-snippet",
    "alb.ingress.kubernetes.io/group.name",
    "cert-manager.io/common-name",
    "cert-manager.io/alt-names",
    "acme.cert-manager.io/http01-ingress-class",
    "external-dns.alpha.kubernetes.io/hostname",
    "konghq.com/plugins",
  ].map((key) =>
    refused(INGRESS, [INGRESS_KEYS.annotations], `with the annotation ${key}`, ingress({}, annotated(key))),
  ),
  refused(INGRESS, [INGRESS_KEYS.labels], "with a label of a controller", ingress({}, labelled("a.b/c"))),
  ...["azure.workload.identity/client-id", "eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"].map((key) =>
    allowed("serviceaccounts", `with the identity ${key}`, synced({}, annotated(key))),
  ),
  refused(
    "serviceaccounts",
    [ACCOUNT_KEYS.annotations],
    "with an audience of its choice",
    synced({}, annotated("eks.amazonaws.com/audience")),
  ),
  refused("serviceaccounts", [ACCOUNT_KEYS.labels], "with a label of a controller", synced({}, labelled("a.b/c"))),
  allowed("configmaps", "with customary labels", synced({}, { labels: { app: "x", team: "a", "helm.sh/chart": "y" } })),
  refused("configmaps", [DATA_KEYS.labels], "for Grafana", synced({}, labelled("grafana_datasource"))),
  allowed("configmaps", "for Grafana, where that is allowed", synced({}, labelled("grafana_datasource")), {
    args: allowing({ labels: ["grafana_datasource"] }),
  }),
  refused(
    "secrets",
    [DATA_KEYS.labels],
    "that registers a cluster",
    secret({}, labelled("argocd.argoproj.io/secret-type")),
  ),
  refused(
    "secrets",
    [DATA_KEYS.annotations],
    "to be copied elsewhere",
    secret({}, annotated("reflector.v1.k8s.emberstack.com/reflection-auto-enabled")),
  ),
  allowed("persistentvolumeclaims", "for a node", claim({}, annotated("volume.kubernetes.io/selected-node"))),
  // It goes before the field.
  refused(
    "persistentvolumeclaims",
    [CLAIM_KEYS.annotations],
    "with a class in an annotation",
    claim({}, annotated("volume.beta.kubernetes.io/storage-class", "")),
  ),
  refused(
    "persistentvolumeclaims",
    [CLAIM_KEYS.annotations],
    "that says to be bound",
    claim({}, annotated("pv.kubernetes.io/bind-completed")),
  ),
  refused(
    "persistentvolumeclaims",
    [CLAIM_KEYS.labels],
    "with a label of a controller",
    claim({}, labelled("velero.io/exclude-from-backup")),
  ),
  refused(
    "coordination.k8s.io/leases",
    [OTHER_KEYS.annotations],
    "with an annotation of a controller",
    synced({}, annotated("a.b/c")),
  ),
  refused(
    "coordination.k8s.io/leases",
    [OTHER_KEYS.labels],
    "with a label of a controller",
    synced({}, labelled("a.b/c")),
  ),

  refused(
    "pods",
    ["token-annotations"],
    "with a token in an annotation",
    pod({}, annotated("vcluster.loft.sh/token-a1b2c3d4")),
  ),
  refused(
    "pods/status",
    ["token-annotations"],
    "with a token by its status",
    pod({}, annotated("vcluster.loft.sh/token-a")),
    { old: pod() },
  ),
  allowed("pods", "from before tokens were in Secrets", pod({}, annotated("vcluster.loft.sh/token-a1b2c3d4")), {
    old: pod({}, annotated("vcluster.loft.sh/token-a1b2c3d4")),
  }),
  refused(
    "persistentvolumeclaims",
    ["untranslated-names"],
    "with names of the host",
    claim({}, annotated("vcluster.loft.sh/skip-translate", "true")),
  ),
  allowed(
    "persistentvolumeclaims",
    "with names of the host from before",
    claim({}, annotated("vcluster.loft.sh/skip-translate", "true")),
    {
      old: claim({}, annotated("vcluster.loft.sh/skip-translate", "true")),
    },
  ),
  allowed("configmaps", "without metadata to speak of", { metadata: { name: "x" } }),
  refused("configmaps", ["finalizers"], "that nobody may delete", synced({}, { finalizers: ["example.org/never"] })),
  refused("pods", ["finalizers"], "that is kept by an update", pod({}, { finalizers: ["a.b/c", "d.e/f"] }), {
    old: pod({}, { finalizers: ["a.b/c"] }),
  }),
  allowed("persistentvolumeclaims", "in use", claim({}, { finalizers: ["kubernetes.io/pvc-protection"] })),
  refused(
    "configmaps",
    ["finalizers"],
    "with the finalizer of claims",
    synced({}, { finalizers: ["kubernetes.io/pvc-protection"] }),
  ),
  allowed("pods", "without a finalizer that somebody set", pod({}, { finalizers: ["a.b/c"] }), {
    old: pod({}, { finalizers: ["a.b/c", "d.e/f"] }),
  }),
];

const unowned: Metadata = { ownerReferences: [] };
const UNOWNED = synced({}, { ...labelled("app.kubernetes.io/instance"), ...unowned });
const UNBLOCKED = { blockOwnerDeletion: false };
const WHOLE_HOST: Args = {
  ...allowing({ kinds: ["storageclasses.storage.k8s.io", "volumesnapshotcontents.snapshot.storage.k8s.io"] }),
  sync: { toHost: { storageClasses: true, volumeSnapshotContents: true } },
};
const TRACKING = {
  "the annotation argocd.argoproj.io/tracking-id": annotated("argocd.argoproj.io/tracking-id", "shop:/Service:x/y"),
  "the label argocd.argoproj.io/instance": labelled("argocd.argoproj.io/instance"),
  "the label app.kubernetes.io/instance": labelled("app.kubernetes.io/instance"),
};

/** As vCluster copies what has no namespace: without an owner. */
const ofWholeHost = (more: Metadata) => {
  const { metadata } = synced({}, { ...more, ...unowned });
  return { metadata: { ...metadata, namespace: undefined } };
};

const owners: AdmissionCase[] = [
  allowed("configmaps", "that its owner need not wait for", synced({}, { ownerReferences: [owner(UNBLOCKED)] })),
  ...Object.entries(TRACKING).flatMap(([what, more]) =>
    ["storage.k8s.io/storageclasses", "snapshot.storage.k8s.io/volumesnapshotcontents"].map((kind) =>
      allowed(kind, `of the whole host with ${what}`, ofWholeHost(more), { args: WHOLE_HOST }),
    ),
  ),
  refused("cert-manager.io/certificates", ["tracking-without-owner"], "with Argo CD's label and no owner", UNOWNED, {
    args: allowing({ kinds: ["certificates.cert-manager.io"] }),
  }),
  allowed("secrets", "that belongs to a pod", secret({}, { ownerReferences: [owner({ kind: "Pod" })] }), {
    old: secret(),
  }),
  ...Object.entries({
    "to a node": owner({ kind: "Node" }),
    "to another API's Service": owner({ apiVersion: "serving.knative.dev/v1" }),
    "to a Service that it keeps": owner({ blockOwnerDeletion: true }),
  }).flatMap(([what, one]) => [
    refused("configmaps", ["owners"], `that belongs ${what}`, synced({}, { ownerReferences: [owner(), one] })),
    refused("configmaps", ["owners"], `that comes to belong ${what}`, synced({}, { ownerReferences: [one] }), {
      old: synced({}),
    }),
    allowed("configmaps", `that belongs ${what} from before`, synced({}, { ownerReferences: [one] }), {
      old: synced({}, { ownerReferences: [one] }),
    }),
  ]),
  allowed("services", "without an owner", service({}, unowned)),
  ...Object.entries(TRACKING).flatMap(([what, more]) => [
    allowed("services", `with ${what}`, service({}, more)),
    refused("services", ["tracking-without-owner"], `with ${what} and no owner`, service({}, { ...more, ...unowned })),
    refused("services", ["tracking-without-owner"], `that gets ${what}`, service({}, { ...more, ...unowned }), {
      old: service({}, unowned),
    }),
    refused(
      "services",
      ["tracking-without-owner"],
      `with ${what} that loses its owner`,
      service({}, { ...more, ...unowned }),
      { old: service({}, more) },
    ),
    allowed("services", `of Argo CD itself with ${what}`, service({}, { ...more, ...unowned }), {
      old: service({}, { ...more, ...unowned }),
    }),
  ]),
];

const budget = (selector: object | undefined, more: object = { maxUnavailable: 0 }) =>
  synced({ spec: { ...more, ...(selector && { selector }) } });
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
});

const disruption: AdmissionCase[] = [
  allowed(BUDGETS, "that selects nothing", budget(undefined), budgets),
  ...Object.entries({
    "by app": { matchLabels: { app: "web" } },
    "by a recommended label": { matchLabels: { "app.kubernetes.io/name": "web", "controller-revision-hash": "a" } },
    "by an operator's": expression("cnpg.io/cluster", "Exists"),
    "by app in a list": expression("app", "In", "web", "shop"),
    "by another release": { matchLabels: { release: "web" } },
    "by another value of the environment's label": { matchLabels: { "app.kubernetes.io/name": "web" } },
    "by other values of the environment's label": expression("team", "In", "b", "c"),
  }).map(([what, selector]) => allowed(BUDGETS, `that selects ${what}`, budget(selector), budgets)),
  ...Object.entries({
    everything: {},
    "everything by empty lists": { matchLabels: {}, matchExpressions: [] },
    "the control plane": { matchLabels: { app: "vcluster" } },
    etcd: { matchLabels: { app: "vcluster-etcd" } },
    "the release": { matchLabels: { release: RELEASE } },
    "a pod of a StatefulSet": { matchLabels: { "statefulset.kubernetes.io/pod-name": `${RELEASE}-0` } },
    "a zone": { matchLabels: { "topology.kubernetes.io/zone": "a" } },
    "a pod of a StatefulSet by its index": { matchLabels: { "apps.kubernetes.io/pod-index": "0" } },
    "a revision of a StatefulSet": { matchLabels: { "controller-revision-hash": "a" } },
    "any release": expression("release", "Exists"),
    "the release, among others": expression("release", "In", "web", RELEASE),
    "a label of the environment": { matchLabels: { team: "a" } },
    "a recommended label of the environment": { matchLabels: { "app.kubernetes.io/name": "platform" } },
    "a label of the environment, among others": expression("team", "In", "b", "a"),
    "any value of the environment's label": expression("team", "Exists"),
    "the control plane, among others": expression("app", "In", "web", "vcluster"),
    "any app": expression("app", "Exists"),
    "all but one": expression("app", "NotIn", "web"),
    "all without a label": expression("example", "DoesNotExist"),
  }).map(([what, selector]) =>
    refused(BUDGETS, ["budget-selector"], `that selects ${what}`, budget(selector), budgets),
  ),
  refused(BUDGETS, ["budget-selector"], "that comes to select everything", budget({}), {
    ...budgets,
    old: budget({ matchLabels: { app: "web" } }),
  }),
  allowed(BUDGETS, "that selects everything from before", budget({}, { minAvailable: 1 }), {
    ...budgets,
    old: budget({}),
  }),
];

const probe = (host?: string) => ({ httpGet: { path: "/", port: 80, ...(host !== undefined && { host }) } });
const container = (rest: object) => ({ containers: [{ name: "main", image: "busybox", ...rest }] });
const OWN_PODS = { matchLabels: OWN };
/** A pod beside an ordinary one of its own, with a further term of affinity. */
const affinity = (term: object, kind = "podAntiAffinity") =>
  pod({
    affinity: {
      [kind]: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: OWN_PODS, namespaces: [] },
          { topologyKey: "kubernetes.io/os", ...term },
        ],
      },
    },
  });
const gated = { schedulingGates: [{ name: "example.org/never" }] };

const pods: AdmissionCase[] = [
  allowed(
    "pods",
    "with every kind of volume that is its own",
    volumes(
      { configMap: {} },
      { secret: {} },
      { emptyDir: {} },
      { projected: {} },
      { downwardAPI: {} },
      { persistentVolumeClaim: {} },
    ),
  ),
  ...[
    "nfs",
    "iscsi",
    "cephfs",
    "rbd",
    "glusterfs",
    "azureFile",
    "azureDisk",
    "awsElasticBlockStore",
    "gcePersistentDisk",
    "cinder",
    "vsphereVolume",
    "csi",
    "hostPath",
    "flexVolume",
    "image",
    "portworxVolume",
    "fc",
    "quobyte",
    "scaleIO",
    "storageos",
    "photonPersistentDisk",
    "gitRepo",
    "flocker",
    // Its claim would be made by the host.
    "ephemeral",
  ].map((kind) =>
    refused("pods", ["pod-volumes"], `with a volume of the kind ${kind}`, volumes({ emptyDir: {} }, { [kind]: {} })),
  ),
  allowed("pods", "with a volume by NFS, where that is allowed", volumes({ nfs: {} }), {
    args: allowing({ volumes: ["nfs"] }),
  }),
  allowed("pods", "by any driver, where that is allowed", volumes({ csi: { driver: "x" } }), {
    args: allowing({ volumes: ["csi"] }),
  }),
  allowed("pods", "by a driver that is allowed", volumes({ csi: { driver: "secrets-store.csi.k8s.io" } }), {
    args: allowing({ csiDrivers: ["secrets-store.csi.k8s.io"] }),
  }),
  refused("pods", ["pod-csi-drivers"], "by another driver", volumes({ csi: { driver: "csi.cert-manager.io" } }), {
    args: allowing({ csiDrivers: ["secrets-store.csi.k8s.io"] }),
  }),
  allowed("pods", "from before, with a volume by NFS", volumes({ nfs: {} }), { old: volumes({ nfs: {} }) }),
  ...["system-node-critical", RELEASE, "staging"].map((name) =>
    refused("pods", ["pod-priority-class"], `with the priority class ${name}`, pod({ priorityClassName: name })),
  ),
  refused("pods", ["pod-priority-class"], "without a priority class", pod({ priorityClassName: undefined })),
  allowed("pods", "with a priority class that is allowed", pod({ priorityClassName: "batch" }), {
    args: allowing({ priorityClasses: ["batch"] }),
  }),
  refused("pods", ["pod-runtime-class"], "with a runtime class", pod({ runtimeClassName: "kata" })),
  allowed("pods", "with a runtime class that is allowed", pod({ runtimeClassName: "kata" }), {
    args: allowing({ runtimeClasses: ["kata"] }),
  }),
  allowed("pods", "with a runtime class of the host's", pod({ runtimeClassName: "kata" }), {
    args: { sync: { fromHost: { runtimeClasses: true } } },
  }),
  allowed("pods", "that ends in time", pod({ terminationGracePeriodSeconds: 300 })),
  refused("pods", ["pod-grace-period"], "that ends tomorrow", pod({ terminationGracePeriodSeconds: 86400 })),
  allowed("pods", "that may take longer", pod({ terminationGracePeriodSeconds: 1800 }), {
    args: { isolation: { objectLimits: { gracePeriodSeconds: 1800 } } },
  }),
  allowed("pods", "from before that takes longer", pod({ terminationGracePeriodSeconds: 1800 }), {
    old: pod({ terminationGracePeriodSeconds: 1800 }),
  }),
  allowed(
    "pods",
    "with probes of its own",
    pod({
      ...container({
        livenessProbe: probe(),
        readinessProbe: { tcpSocket: { port: 80 } },
        lifecycle: { preStop: { exec: {} } },
      }),
      initContainers: [{ name: "a", startupProbe: { grpc: { port: 80 } } }],
    }),
  ),
  ...["livenessProbe", "readinessProbe", "startupProbe"].flatMap((name) => [
    refused(
      "pods",
      ["pod-probe-hosts"],
      `whose ${name} goes elsewhere`,
      pod(container({ [name]: probe("169.254.169.254") })),
    ),
    refused(
      "pods",
      ["pod-probe-hosts"],
      `whose ${name} connects elsewhere`,
      pod(container({ [name]: { tcpSocket: { port: 80, host: "10.0.0.1" } } })),
    ),
  ]),
  refused(
    "pods",
    ["pod-probe-hosts"],
    "whose hook goes elsewhere",
    pod(container({ lifecycle: { postStart: probe("10.0.0.1") } })),
  ),
  refused(
    "pods",
    ["pod-probe-hosts"],
    "whose last hook goes elsewhere",
    pod(container({ lifecycle: { preStop: probe("10.0.0.1") } })),
  ),
  refused(
    "pods",
    ["pod-probe-hosts"],
    "whose sidecar looks elsewhere",
    pod({ initContainers: [{ name: "a", restartPolicy: "Always", startupProbe: probe("10.0.0.1") }] }),
  ),
  refused("pods", ["pod-owner"], "that is nobody's", { ...pod(), metadata: { name: "x" } }),
  refused(
    "pods",
    ["pod-owner"],
    "of another environment",
    pod({}, { labels: { "vcluster.loft.sh/managed-by": "vcluster-staging-helm" } }),
  ),
  refused(
    "pods",
    ["pod-owner"],
    "with the labels of a control plane",
    pod({}, { labels: { app: "vcluster", release: RELEASE } }),
  ),
  refused(
    "pods/status",
    ["pod-owner"],
    "with the labels of a control plane by its status",
    pod({}, { labels: { app: "vcluster", release: RELEASE } }),
    { old: pod() },
  ),
  allowed("pods", "near others of the environment", affinity({ labelSelector: OWN_PODS })),
  allowed("pods", "with an affinity to nodes alone", pod({ affinity: { nodeAffinity: {} } })),
  ...(["podAffinity", "podAntiAffinity"] as const).flatMap((kind) =>
    [{ namespaceSelector: {} }, { namespaces: ["argocd"] }].flatMap((where) => [
      refused("pods", ["pod-affinity"], `with a ${kind} to ${JSON.stringify(where)}`, affinity(where, kind)),
      refused(
        "pods",
        ["pod-affinity"],
        `that would rather have a ${kind} to ${JSON.stringify(where)}`,
        pod({
          affinity: {
            [kind]: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, podAffinityTerm: { topologyKey: "kubernetes.io/os", ...where } },
              ],
            },
          },
        }),
      ),
    ]),
  ),
  allowed("pods/ephemeralcontainers", "with a container for debugging", pod({ ephemeralContainers: [{ name: "a" }] }), {
    old: pod(),
  }),
  refused(
    "pods/ephemeralcontainers",
    ["pod-debug-containers"],
    "with eleven of them",
    pod({ ephemeralContainers: Array.from({ length: 11 }, (_, index) => ({ name: `c${index}` })) }),
    { old: pod() },
  ),
  allowed("pods/status", "with a condition", pod({}, {}, { podIP: "10.0.0.1", conditions: [{ type: "a" }] }), {
    old: pod({}, {}, { podIP: "10.0.0.1" }),
  }),
  ...Object.entries({
    podIP: "10.0.0.9",
    podIPs: [{ ip: "10.0.0.9" }],
    hostIP: "10.0.0.9",
    hostIPs: [{ ip: "10.0.0.9" }],
  }).map(([key, value]) =>
    refused(
      "pods/status",
      ["pod-addresses"],
      `with a ${key} of its own`,
      pod(gated, {}, { phase: "Running", [key]: value }),
      { old: pod(gated) },
    ),
  ),
  refused("pods/status", ["pod-addresses"], "with another address", pod({}, {}, { podIP: "10.0.0.9" }), {
    old: pod({}, {}, { podIP: "10.0.0.1" }),
  }),
  refused("pods/status", ["pod-addresses"], "without its address", pod(), { old: pod({}, {}, { podIP: "10.0.0.1" }) }),
];

const ports = (count: number) => Array.from({ length: count }, (_, index) => ({ port: index + 1 }));
const open: Args = {
  isolation: { egress: [{ cidr: "0.0.0.0/0" }, { cidr: "10.1.0.0/16" }, { namespace: "databases" }] },
};

const services: AdmissionCase[] = [
  allowed("services", "without a selector", service({ clusterIP: "None" })),
  allowed("services", "with empty lists", service({ externalIPs: [], externalName: "", loadBalancerIP: "" })),
  ...["NodePort", "LoadBalancer"].map((type) =>
    refused("services", ["service-type"], `of the type ${type}`, service({ type })),
  ),
  allowed("services", "of the type NodePort, within the quota", service({ type: "NodePort" }), {
    args: { isolation: { quota: { "services.nodeports": 2 } } },
  }),
  allowed("services", "of the type LoadBalancer, within the quota", service({ type: "LoadBalancer" }), {
    args: { isolation: { quota: { "services.loadbalancers": 2 } } },
  }),
  refused("services", ["service-type"], "that becomes a NodePort", service({ type: "NodePort" }), { old: service() }),
  allowed("services", "of a type from before", service({ type: "NodePort" }, labelled("a")), {
    old: service({ type: "NodePort" }),
  }),
  refused(
    "services",
    ["service-type", "service-external-name"],
    "with an external name",
    service({ type: "ExternalName", externalName: "argocd-server.argocd.svc" }),
  ),
  allowed(
    "services",
    "with an external name that is allowed",
    service({ type: "ExternalName", externalName: "a.db.example.com" }),
    { args: allowing({ externalNames: ["*.db.example.com"] }) },
  ),
  refused(
    "services",
    ["service-external-name"],
    "with another external name",
    service({ type: "ExternalName", externalName: "localhost" }),
    { args: allowing({ externalNames: ["*.db.example.com", "db.example.com"] }) },
  ),
  refused(
    "services",
    ["service-external-name"],
    "with another external name than before",
    service({ type: "ExternalName", externalName: "localhost" }),
    { old: service({ type: "ExternalName", externalName: "db.example.com" }) },
  ),
  refused(
    "services",
    ["service-external-addresses"],
    "with external addresses",
    service({ externalIPs: ["192.0.2.1"] }),
  ),
  refused(
    "services",
    ["service-external-addresses"],
    "that takes an address by an update",
    service({ externalIPs: ["192.0.2.1"] }),
    { old: service() },
  ),
  allowed("services", "with external addresses that are allowed", service({ externalIPs: ["192.0.2.1"] }), {
    args: allowing({ externalAddresses: ["192.0.2.0/28"] }),
  }),
  refused(
    "services",
    ["service-external-addresses"],
    "with other external addresses",
    service({ externalIPs: ["192.0.2.1", "192.0.2.77"] }),
    { args: allowing({ externalAddresses: ["192.0.2.0/28"] }) },
  ),
  refused(
    "services",
    ["service-load-balancer-address"],
    "with an address for its load balancer",
    service({ loadBalancerIP: "192.0.2.1" }),
  ),
  allowed(
    "services",
    "with an address for its load balancer that is allowed",
    service({ loadBalancerIP: "192.0.2.1" }),
    { args: allowing({ externalAddresses: ["192.0.2.0/28"] }) },
  ),
  refused(
    "services",
    ["service-load-balancer-class"],
    "with a class of load balancers",
    service({ loadBalancerClass: "service.k8s.aws/nlb" }),
  ),
  allowed("services", "with a class that is allowed", service({ loadBalancerClass: "service.k8s.aws/nlb" }), {
    args: allowing({ loadBalancerClasses: ["service.k8s.aws/nlb"] }),
  }),
  allowed("services", "with fifty ports", service({ ports: ports(50) })),
  refused("services", ["service-ports"], "with fifty-one ports", service({ ports: ports(51) })),

  allowed("endpoints", "of nobody", synced({})),
  refused("endpoints", ["endpoint-addresses"], "elsewhere", endpoints("203.0.113.1")),
  refused("endpoints", ["endpoint-addresses"], "elsewhere by an update", endpoints("203.0.113.1"), {
    old: endpoints(),
  }),
  allowed("endpoints", "elsewhere from before", endpoints("203.0.113.1"), { old: endpoints("203.0.113.1") }),
  refused(
    "endpoints",
    ["endpoint-addresses"],
    "elsewhere that are not ready",
    synced({ subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }] }] }),
  ),
  ...["203.0.113.1", "10.1.2.3"].map((ip) =>
    allowed("endpoints", `at ${ip}, where workloads may connect`, endpoints(ip), { args: open }),
  ),
  ...["10.0.0.1", "169.254.169.254", "192.168.1.1"].map((ip) =>
    refused("endpoints", ["endpoint-addresses"], `at ${ip}, where they may not`, endpoints(ip), { args: open }),
  ),
  allowed("endpoints", "in a range that is allowed", endpoints("10.42.0.9"), {
    args: allowing({ endpoints: ["10.42.0.0/16"] }),
  }),
  refused("endpoints", ["endpoint-addresses"], "outside of it", endpoints("10.43.0.9"), {
    args: allowing({ endpoints: ["10.42.0.0/16"] }),
  }),
  refused("endpoints", ["endpoint-addresses"], "in a namespace that is open", endpoints("203.0.113.1"), {
    args: { isolation: { egress: [{ namespace: "databases" }] } },
  }),
  refused("endpoints", ["endpoint-count"], "at 251 addresses", endpoints(...numbered(251)), { args: open }),
  refused(SLICES, ["endpoint-slice-addresses"], "elsewhere", synced({ endpoints: [{ addresses: ["10.0.0.1"] }] })),
  refused(SLICES, ["endpoint-slice-addresses"], "elsewhere in one endpoint of two", slice("10.1.2.3", "10.0.0.1"), {
    args: open,
  }),
  refused(SLICES, ["endpoint-slice-addresses"], "elsewhere that are not ready", notReady("10.0.0.1"), { args: open }),
  refused(SLICES, ["endpoint-slice-addresses"], "elsewhere by an update", slice("10.0.0.1"), {
    old: slice("10.1.2.3"),
    args: open,
  }),
  refused(SLICES, ["endpoint-slice-addresses"], "at the metadata service", slice("169.254.169.254"), { args: open }),
  refused(SLICES, ["endpoint-slice-addresses"], "at a DNS name", slice("metadata.google.internal"), { args: open }),
  allowed(SLICES, "of nobody", synced({ endpoints: [] })),
  allowed(SLICES, "elsewhere from before", slice("10.0.0.1"), { old: slice("10.0.0.1") }),
  allowed(SLICES, "where workloads may connect", slice("10.1.2.3"), { args: open }),
  allowed(SLICES, "in a range that is allowed", slice("10.42.0.9"), {
    args: allowing({ endpoints: ["10.42.0.0/16"] }),
  }),
  allowed(SLICES, "at 250 addresses", slice(...numbered(250)), { args: open }),
  refused(SLICES, ["endpoint-slice-count"], "at 251 addresses", slice(...numbered(251)), { args: open }),
  refused(SLICES, ["kinds"], "of an environment that copies none", slice("10.1.2.3"), {
    args: { ...open, sync: { toHost: { endpoints: false } } },
  }),
];

const more: Args = { isolation: { ingressHosts: ["shop.example.com", "*.example.org"] } };
const tls = (...names: string[]) => ingress({ tls: [{ hosts: names, secretName: "x" }] });
const withPaths = (...texts: string[]) => ingress({ rules: [{ host: HOST, http: { paths: texts.map(path) } }] });

const QUOTED = ["haproxy.org/cookie-persistence", 'x"'] as const;
const MANY_HOSTS = Array.from({ length: 99 }, (_, index) => `${"a".repeat(60)}${index}.example.com`);

const ingresses: AdmissionCase[] = [
  allowed(INGRESS, "for a host of its own, with a certificate", tls(HOST)),
  refused(INGRESS, ["ingress-default-backend"], "for everything else", ingress({ defaultBackend: backend })),
  refused(INGRESS, ["ingress-hosts"], "for every host", ingress({ rules: [{}] })),
  ...[
    "dev-vcluster.example.org",
    "app.other-vcluster.example.org",
    "app-dev-vcluster.example.org",
    `${HOST}.example.com`,
    "shop.example.com",
    "*.example.org",
    "app-staging.example.org",
    "app-dev.example.com",
    "app.app-dev.example.org",
    "*-dev.example.org",
    "-dev.example.org",
    "dev.example.org",
    "appdev.example.org",
    "app-devXexample.org",
  ].flatMap((host) => [
    refused(INGRESS, ["ingress-hosts"], `for the host ${host}`, hosts(HOST, host)),
    refused(INGRESS, ["ingress-tls-hosts"], `with a certificate for the host ${host}`, tls(HOST, host)),
  ]),
  ...["app-dev.example.org", "my-app-dev.example.org", "a-dev-dev.example.org"].map((host) =>
    allowed(INGRESS, `for ${host}, which has its suffix`, ingress({ rules: [{ host }], tls: [{ hosts: [host] }] })),
  ),
  ...["shop.example.com", "shop.example.org", "a.b.example.org", HOST].map((host) =>
    allowed(INGRESS, `for ${host}, which is allowed`, hosts(host), { args: more }),
  ),
  ...[
    "other-vcluster.example.org",
    "app.other-vcluster.example.org",
    "*.other-vcluster.example.org",
    "*.example.org",
    "a.shop.example.com",
    "example.org",
  ].map((host) =>
    refused(INGRESS, ["ingress-hosts"], `for ${host}, which is never allowed`, hosts(host), { args: more }),
  ),
  refused(INGRESS, ["ingress-hosts"], "for another host by an update", hosts("shop.example.com"), { old: hosts(HOST) }),
  refused(INGRESS, ["ingress-hosts"], "for more hosts than a message has room for", hosts(...MANY_HOSTS)),
  allowed(INGRESS, "for another host from before", ingress({ rules: [{ host: "shop.example.com" }] }, labelled("a")), {
    old: hosts("shop.example.com"),
  }),
  refused(INGRESS, ["ingress-tls-hosts"], "with a certificate for another host by an update", tls("shop.example.com"), {
    old: tls(HOST),
  }),
  ...["/", "/a/b-c_d.e", "/something(/|$)(.*)", "/api/v[0-9]+/.*", "/~user/%20+x,y:z@"].map((one) =>
    allowed(INGRESS, `with the path ${one}`, withPaths(one)),
  ),
  ...["/a b", '/") || Host("x', "/a`b", "/a;b", "/a\nb", "/{a}", "a", "/a#b", "/'"].map((one) =>
    refused(INGRESS, ["ingress-paths"], `with the path ${JSON.stringify(one)}`, withPaths(one)),
  ),
  allowed(INGRESS, "with a hundred paths", withPaths(...Array.from({ length: 100 }, (_, index) => `/${index}`))),
  refused(
    INGRESS,
    ["ingress-path-count"],
    "with a hundred and one paths",
    withPaths(...Array.from({ length: 101 }, (_, index) => `/${index}`)),
  ),
  refused(
    INGRESS,
    ["ingress-backends"],
    "to a bucket",
    ingress({ rules: [{ host: HOST, http: { paths: [{ path: "/", backend: { resource: { kind: "Bucket" } } }] } }] }),
  ),
  allowed(
    INGRESS,
    "with a rewritten path",
    ingress({}, annotated("nginx.ingress.kubernetes.io/rewrite-target", "/$2")),
  ),
  ...["/;}\nserver { listen 81", "a;b", "a{b}"].map((value) =>
    refused(
      INGRESS,
      ["controller-annotation-values"],
      `with the value ${JSON.stringify(value)}`,
      ingress({}, annotated("nginx.ingress.kubernetes.io/rewrite-target", value)),
    ),
  ),
  ...["x-x-default-x-vcluster-dev-helm", "dev-vcluster/x-x-default-x-vcluster-dev-helm"].map((name) =>
    allowed(
      INGRESS,
      `with the Secret ${name}`,
      ingress({}, annotated("nginx.ingress.kubernetes.io/auth-secret", name)),
    ),
  ),
  ...["auth-secret", "auth-tls-secret", "proxy-ssl-secret"].map((key) =>
    refused(
      INGRESS,
      ["ingress-annotation-secrets"],
      `with a Secret of others as ${key}`,
      ingress({}, annotated(`nginx.ingress.kubernetes.io/${key}`, "argocd/argocd-secret")),
    ),
  ),
  ...[
    ["haproxy.org/set-host", "app.example.com"],
    ["haproxy.org/path-rewrite", "/foo/(.*) /bar/\\1"],
    ["haproxy.org/check-http", "HEAD /healthz HTTP/1.1"],
    ["haproxy.org/cors-max-age", "-1"],
    ["nginx.ingress.kubernetes.io/auth-realm", "Authentication required"],
    ["nginx.ingress.kubernetes.io/cors-allow-origin", "https://a.example.com, https://*.example.com:8443"],
    ["nginx.ingress.kubernetes.io/permanent-redirect", "https://example.com/#/login"],
  ].map(([key = "", value = ""]) => allowed(INGRESS, `with ${key}: ${value}`, ingress({}, annotated(key, value)))),
  ...[
    ["haproxy.org/set-host", "shop.example.com if TRUE #"],
    ["haproxy.org/set-host", "shop.example.com another"],
    ["haproxy.org/set-host", "%[env(TOKEN)]"],
    ["haproxy.org/path-rewrite", "(.*) /stolen#"],
    ["haproxy.org/path-rewrite", "/stolen\\"],
    ["haproxy.org/cors-allow-origin", "-f /etc/passwd"],
    ["haproxy.org/rate-limit-size", "1k unless TRUE"],
    ["nginx.ingress.kubernetes.io/auth-realm", "'"],
  ].map(([key = "", value = ""]) =>
    refused(INGRESS, ["haproxy-annotation-values"], `with ${key}: ${value}`, ingress({}, annotated(key, value))),
  ),
  refused(
    "services",
    ["haproxy-annotation-values"],
    "with the end of a line in a value",
    service({}, annotated("haproxy.org/cookie-persistence", 'x"')),
  ),
  allowed("services", "with the end of a line in a value from before", service({}, annotated(...QUOTED)), {
    old: service({}, annotated(...QUOTED)),
  }),
  refused(
    "services",
    ["controller-annotation-values"],
    "with configuration in a value",
    service({}, annotated("haproxy.org/check-http", "/\nserver x")),
  ),
  allowed(
    "services",
    "with sticky sessions",
    service({}, annotated("traefik.ingress.kubernetes.io/service.sticky.cookie", "true")),
  ),
  refused(INGRESS, ["ingress-class"], "of another class", ingress({ ingressClassName: "internal" })),
  allowed(INGRESS, "of a class that is allowed", ingress({ ingressClassName: "internal" }), {
    args: allowing({ ingressClasses: ["internal"] }),
  }),
  allowed(INGRESS, "of the controller's class", ingress({ ingressClassName: "edge" }), {
    args: { ingress: { className: "edge" } },
  }),
  allowed(INGRESS, "of Traefik's class", ingress({ ingressClassName: "traefik" }), {
    args: { ingress: { controller: "traefik" } },
  }),
  allowed(INGRESS, "of any class, where the host's is not known", ingress({ ingressClassName: "any" }), {
    args: { ingress: { controller: "none" } },
  }),
  allowed(INGRESS, "of its class by an annotation", ingress({}, annotated("kubernetes.io/ingress.class", "nginx"))),
  refused(
    INGRESS,
    ["ingress-class-annotation"],
    "of another class by an annotation",
    ingress({ ingressClassName: undefined }, annotated("kubernetes.io/ingress.class", "internal")),
  ),
  refused(INGRESS, ["ingress-tls-secrets"], "with a certificate, where none is allowed", tls(HOST), {
    args: allowing({ ingressTls: false }),
  }),
  allowed(INGRESS, "with the controller's certificate", ingress({ tls: [{ hosts: [HOST] }] }), {
    args: allowing({ ingressTls: false }),
  }),
];

const source = (kind: string, name: string) => ({ kind, name });
const snapshots: Args = { sync: { toHost: { volumeSnapshots: true, volumeSnapshotContents: true } } };
const bytes = (count: number) => "x".repeat(count);

const data: AdmissionCase[] = [
  allowed("persistentvolumeclaims", "of a class", claim({ storageClassName: "fast" })),
  refused("persistentvolumeclaims", ["claim-volume"], "of a volume by name", claim({ volumeName: "pv-of-others" })),
  refused(
    "persistentvolumeclaims",
    ["claim-volume"],
    "of a volume by an update",
    claim({ volumeName: "pv-of-others" }),
    { old: claim() },
  ),
  allowed(
    "persistentvolumeclaims",
    "that is bound",
    claim({ volumeName: "pv", resources: { requests: { storage: "2Gi" } } }),
    { old: claim({ volumeName: "pv" }) },
  ),
  refused("persistentvolumeclaims", ["claim-selector"], "of a volume by its labels", claim({ selector: {} })),
  ...(
    [
      ["dataSource", "claim-source"],
      ["dataSourceRef", "claim-source-reference"],
    ] as const
  ).flatMap(([field, rule]) => [
    allowed(
      "persistentvolumeclaims",
      `with a ${field} of its own`,
      claim({ [field]: source("PersistentVolumeClaim", `a-x-default-x-${RELEASE}`) }),
    ),
    allowed(
      "persistentvolumeclaims",
      `with a ${field} of a long name`,
      claim({ [field]: source("VolumeSnapshot", `${bytes(52)}-0123456789`) }),
    ),
    refused(
      "persistentvolumeclaims",
      [rule],
      `with the control plane's volume as ${field}`,
      claim({ [field]: source("PersistentVolumeClaim", `data-${RELEASE}-0`) }),
    ),
    refused(
      "persistentvolumeclaims",
      [rule],
      `with another kind of ${field}`,
      claim({ [field]: source("Populator", `a-x-default-x-${RELEASE}`) }),
    ),
  ]),
  refused(
    "persistentvolumeclaims",
    ["claim-source-reference"],
    "from another namespace",
    claim({
      dataSourceRef: { ...source("VolumeSnapshot", `a-x-default-x-${RELEASE}`), namespace: "staging-vcluster" },
    }),
  ),
  refused("persistentvolumeclaims", ["claim-storage-class"], "of another class", claim({ storageClassName: "fast" }), {
    args: allowing({ storageClasses: ["standard"] }),
  }),
  allowed("persistentvolumeclaims", "of a class that is allowed", claim({ storageClassName: "standard" }), {
    args: allowing({ storageClasses: ["standard"] }),
  }),
  allowed("persistentvolumeclaims", "of a class, where claims without one are allowed", claim(), {
    args: allowing({ storageClasses: [""] }),
  }),
  ...[classless(), claim({ storageClassName: "" })].flatMap((object, index) => {
    const what = index === 0 ? "without a class" : "of no class";
    return [
      refused("persistentvolumeclaims", ["claim-storage-class"], what, object),
      refused("persistentvolumeclaims", ["claim-storage-class"], `${what}, beside those that are allowed`, object, {
        args: allowing({ storageClasses: ["standard"] }),
      }),
      allowed("persistentvolumeclaims", `${what}, where that is allowed`, object, {
        args: allowing({ storageClasses: ["standard", ""] }),
      }),
      allowed("persistentvolumeclaims", `${what}, where all are allowed`, object, {
        args: allowing({ storageClasses: [""] }),
      }),
      allowed("persistentvolumeclaims", `${what} from before`, object, { old: object }),
    ];
  }),
  refused("persistentvolumeclaims", ["claim-storage-class"], "that gets no class", claim({ storageClassName: "" }), {
    old: classless(),
  }),
  refused(
    "persistentvolumeclaims",
    ["claim-storage-class"],
    "that gets another class",
    claim({ storageClassName: "fast" }),
    {
      old: classless(),
      args: allowing({ storageClasses: ["standard"] }),
    },
  ),
  allowed(SNAPSHOTS, "of a claim", synced({ spec: { source: { persistentVolumeClaimName: "a" } } }), {
    args: snapshots,
  }),
  refused(
    SNAPSHOTS,
    ["snapshot-content"],
    "of others' contents",
    synced({ spec: { source: { volumeSnapshotContentName: "a" } } }),
    { args: snapshots },
  ),
  ...["Opaque", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson", "helm.sh/release.v1"].map((type) =>
    allowed("secrets", `of the type ${type}`, secret({ type })),
  ),
  ...["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "a.b/c"].map((type) =>
    refused("secrets", ["secret-type"], `of the type ${type}`, secret({ type })),
  ),
  allowed("secrets", "of a type that is allowed", secret({ type: "a.b/c" }), {
    args: allowing({ secretTypes: ["a.b/c"] }),
  }),
  allowed("configmaps", "of half a mebibyte", synced({ data: { a: bytes(262144), b: bytes(262144) } })),
  refused("configmaps", ["data-size"], "of more", synced({ data: { a: bytes(262144), b: bytes(262145) } })),
  refused(
    "configmaps",
    ["data-size"],
    "of more in binary",
    synced({ data: { a: bytes(262144) }, binaryData: { b: bytes(262145) } }),
  ),
  refused("secrets", ["data-size"], "of more", secret({ data: { a: bytes(600000) } })),
  refused("secrets", ["helm-record"], "that Helm takes for its record", helmRecord(RELEASE)),
  allowed("secrets", "that Helm takes for its record of another release", helmRecord("web")),
  refused("secrets", ["helm-record"], "in the name of a record", named(`sh.helm.release.v1.${RELEASE}.v1`)),
  refused("configmaps", ["helm-record"], "that Helm takes for its record", {
    metadata: { ...helmRecord(RELEASE).metadata },
    data: { release: "x" },
  }),
  allowed("secrets", "of a release inside", named(`sh.helm.release.v1.web.v1-x-default-x-${RELEASE}`)),
  allowed("secrets", "of more, where that is allowed", secret({ data: { a: bytes(600000) } }), {
    args: { isolation: { objectLimits: { dataBytes: 1048576 } } },
  }),
];

const config = { metadata: { name: `vc-config-${RELEASE}`, labels: { app: "vcluster", heritage: "Helm" } }, data: {} };
const belongsTo = { "vcluster.loft.sh/belongs-to": RELEASE, "vcluster.loft.sh/node": "local" };
const ownSecret = (name: string) => ({
  metadata: { name, labels: { app: "vcluster", "vcluster-name": RELEASE } },
  type: "Opaque",
  data: { "ca.crt": "eA==" },
});

/** What vCluster 0.26 makes on the host beside what it copies. */
const ownObjects: AdmissionCase[] = [
  allowed("secrets", "with the certificates", ownSecret(`${RELEASE}-certs`)),
  allowed("secrets", "with the kubeconfig", ownSecret(`vc-${RELEASE}`)),
  allowed(
    "secrets",
    "with the configuration, marked",
    { ...config, metadata: { ...config.metadata, ...annotated("vcluster.loft.sh/distro") } },
    { old: config },
  ),
  allowed("secrets", "with a pod's token", {
    metadata: { name: "x", ...annotated("vcluster.loft.sh/skip-backsync", "true") },
    type: "Opaque",
    data: { v: "eA==" },
  }),
  allowed("services", "of a node", {
    metadata: { name: `${RELEASE}-node-local`, labels: belongsTo },
    spec: { type: "ClusterIP", ports: [{ port: 10250 }], selector: { app: "vcluster", release: RELEASE } },
  }),
  allowed("services", "made for a request", service({}, annotated("vcluster.loft.sh/block-deletion", "true"))),
  allowed(
    "configmaps",
    "of the CA for pods",
    synced({ data: { "ca.crt": "x" } }, annotated("kubernetes.io/description")),
  ),
  allowed(
    "pods",
    "of a StatefulSet, with all that vCluster notes",
    pod(
      {},
      {
        annotations: Object.fromEntries(
          [
            "name",
            "namespace",
            "uid",
            "labels",
            "service-account-name",
            "owner-references",
            "owner-set-kind",
            "host-ip",
            "host-ips",
            "hosts-rewritten",
            "managed-annotations",
            "managed-labels",
          ].map((key) => [`vcluster.loft.sh/${key}`, "x"]),
        ),
        labels: {
          "vcluster.loft.sh/ns-label-x-0123456789": "a",
          "vcluster.loft.sh/label-release-x-0123456789": "b",
          "vcluster.loft.sh/controlled-by": "c",
          "pod-template-hash": "d",
          "controller-revision-hash": "e",
        },
      },
    ),
  ),
];

const SETS = "apps/statefulsets";
const RENEWED_AT = "vcluster.loft.sh/cert-rotation-at";
const renewing = { args: { chart: { version: "0.36.1" } } };

interface ControlPlane {
  name?: string;
  labels?: object;
  annotations?: object;
  spec?: object;
  template?: object;
  pod?: object;
}

/** A control plane as Helm makes it. */
function controlPlane({ name = RELEASE, labels = {}, annotations, spec, template, pod }: ControlPlane = {}) {
  const own = { app: "vcluster", release: RELEASE };
  return {
    metadata: { name, labels: { ...own, ...labels }, annotations: { "meta.helm.sh/release-name": RELEASE } },
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: own, annotations: { vClusterConfigHash: "a", ...annotations }, ...template },
        spec: { containers: [{ name: "syncer", image: "vcluster-oss:0.36.1" }], ...pod },
      },
      ...spec,
    },
  };
}

const restarted = controlPlane({ annotations: { [RENEWED_AT]: "1" } });
const rollouts: AdmissionCase[] = [
  allowed(SETS, "that restarts with renewed certificates", restarted, { ...renewing, old: controlPlane() }),
  allowed(SETS, "that restarts again", controlPlane({ annotations: { [RENEWED_AT]: "2" } }), {
    ...renewing,
    old: restarted,
  }),
  refused(SETS, ["kinds"], "that restarts in a version that does not renew", restarted, { old: controlPlane() }),
  refused(SETS, ["rollouts"], "of its own", controlPlane(), renewing),
  ...Object.entries<object>({
    "with another image": controlPlane({ pod: { containers: [{ name: "syncer", image: "other" }] } }),
    "with another account": controlPlane({ pod: { serviceAccountName: "other" } }),
    "with more replicas": controlPlane({ spec: { replicas: 9 } }),
    "that keeps old pods": controlPlane({ spec: { updateStrategy: { type: "OnDelete" } } }),
    "that keeps volumes": controlPlane({ spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } } }),
    "with other labels of pods": controlPlane({ template: { labels: { app: "vcluster-etcd" } } }),
    "with another annotation of pods": controlPlane({ annotations: { other: "x" } }),
    "without an annotation of pods": controlPlane({ template: { annotations: {} } }),
    "that says another version": controlPlane({ labels: { chart: "vcluster-0.99.0" } }),
  }).map(([what, object]) => refused(SETS, ["rollouts"], what, object, { ...renewing, old: controlPlane() })),
  refused(SETS, ["rollouts"], "that is another", controlPlane({ name: "other", annotations: { [RENEWED_AT]: "1" } }), {
    ...renewing,
    old: controlPlane({ name: "other" }),
  }),
];

/** Requests that are allowed and refused, for every rule. */
export const admissionCases: readonly AdmissionCase[] = [
  ...kinds,
  ...metadata,
  ...owners,
  ...disruption,
  ...pods,
  ...services,
  ...ingresses,
  ...data,
  ...ownObjects,
  ...rollouts,
];
