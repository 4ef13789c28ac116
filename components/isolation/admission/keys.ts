import { type Kind, POD_KINDS } from "./rule";

/**
 * Keys of annotations and labels that the syncer may write on some kinds, besides those for every kind. `example.org/*` stands
 * for all keys of a domain, `*` for all keys without one, `key=value` for a key with that value alone. What is in no list may
 * mean something to a controller or a container runtime of the host.
 *
 * `*` among annotations of pods leaves out keys with a dot too. The kubelet hands them to the container runtime, and
 * CRI-O, crun and Kata Containers read keys without a slash there, such as `io.kubernetes.cri-o.Devices`,
 * `org.systemd.property.SuccessAction` and `io.katacontainers.config.hypervisor.path`.
 */
export interface KeyTable {
  readonly kinds: readonly Kind[];
  readonly annotations: readonly string[];
  readonly labels: readonly string[];
}

/** Annotations that vCluster itself gives to every object, and to Services that it makes for a request. */
const VCLUSTER = [
  "object-host-name",
  "object-host-namespace",
  "object-imported",
  "object-kind",
  "object-name",
  "object-namespace",
  "object-uid",
  "block-deletion",
  "force-sync",
  "managed-annotations",
  "managed-labels",
  "skip-backsync",
].map((key) => `vcluster.loft.sh/${key}`);

/** What kubectl, Helm and Argo CD note on what they apply. */
const TOOLS = [
  "argocd.argoproj.io/compare-options",
  "argocd.argoproj.io/hook",
  "argocd.argoproj.io/hook-delete-policy",
  "argocd.argoproj.io/sync-options",
  "argocd.argoproj.io/sync-wave",
  "argocd.argoproj.io/tracking-id",
  "helm.sh/hook",
  "helm.sh/hook-delete-policy",
  "helm.sh/hook-weight",
  "helm.sh/resource-policy",
  "kubectl.kubernetes.io/last-applied-configuration",
  "kubernetes.io/change-cause",
  "kubernetes.io/description",
  "meta.helm.sh/release-name",
  "meta.helm.sh/release-namespace",
];

/** Annotations of kinds that no ingress controller reads. A key that `*` stands for means nothing to the host there. */
const ANNOTATIONS = [
  "*",
  "app.kubernetes.io/*",
  "argocd.argoproj.io/*",
  "checksum/*",
  "config.k8s.io/*",
  "config.kubernetes.io/*",
  "helm.sh/*",
  "kubectl.kubernetes.io/*",
  "kustomize.toolkit.fluxcd.io/*",
  "meta.helm.sh/*",
  "pulumi.com/*",
  "vcluster.loft.sh/*",
];

/** Operators that run in virtual clusters and label what they make. */
const OPERATORS = [
  "acid.zalan.do/*",
  "acme.cert-manager.io/*",
  "cert-manager.io/*",
  "cnpg.io/*",
  "common.k8s.elastic.co/*",
  "elasticsearch.k8s.elastic.co/*",
  "kibana.k8s.elastic.co/*",
  "mysql.oracle.com/*",
  "operators.coreos.com/*",
  "postgres-operator.crunchydata.com/*",
  "rabbitmq.com/*",
  "strimzi.io/*",
  "workflows.argoproj.io/*",
];

/**
 * Annotations with a dot and without a slash that no container runtime reads. OLM gives the pods of an operator all annotations of
 * its ClusterServiceVersion, its own among them.
 */
const DOTTED = [
  "kompose.cmd",
  "kompose.version",
  "olm.operatorGroup",
  "olm.operatorNamespace",
  "olm.skipRange",
  "olm.targetNamespaces",
  "weblogic.sha256",
];

/** Keys by which a pod asks a mesh to leave it alone; Jobs of many charts have them. */
const NO_SIDECAR = ["sidecar.istio.io/inject=false", "linkerd.io/inject=disabled"];

/** Labels with a domain. */
const DOMAIN_LABELS = [
  "app.kubernetes.io/*",
  "argocd.argoproj.io/instance",
  "helm.sh/*",
  "helm.toolkit.fluxcd.io/*",
  "kubernetes.io/cluster-service",
  "kubernetes.io/name",
  "kustomize.toolkit.fluxcd.io/*",
  "vcluster.loft.sh/*",
  ...OPERATORS,
];
/** Any label without a domain, which nothing on a host reads of kinds other than ConfigMaps and Secrets. */
const LABELS = ["*"];

/** Labels without a domain by which people sort ConfigMaps and Secrets; others, like Grafana's, bring them elsewhere. */
const DATA_LABELS = [
  // Of vCluster's own Secrets.
  "vcluster-name",
  ...`app application area branch build channel chart cluster cluster-name commit component config cost-
    center created-by customer department domain env environment group heritage id instance job k8s-app
    kind maintainer managed-by modifiedAt name namespace operator owner part-of product project provider
    purpose release revision role scope service source spilo-role stage status subcomponent subsystem
    system team tenant tier track type version`.split(/\s+/),
];

const of = (domain: string, names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${domain}/${name}`);

/** Names by which HAProxy's controller is told what to do with an Ingress. */
const HAPROXY = `allow-list check check-http check-interval cors-allow-credentials cors-allow-headers
  cors-allow-methods cors-allow-origin cors-enable cors-max-age deny-list forwarded-for load-balance path-rewrite
  pod-maxconn rate-limit-period rate-limit-requests rate-limit-size rate-limit-status-code scale-server-slots
  server-proto server-ssl set-host ssl-passthrough ssl-redirect ssl-redirect-code timeout-check timeout-server`;

/** And with a Service. */
const HAPROXY_OF_SERVICES = `check check-http check-interval cookie-persistence forwarded-for load-balance pod-maxconn
  scale-server-slots server-proto server-ssl timeout-check timeout-server`;

/**
 * Annotations of Ingresses. HAProxy's controller takes a name behind any domain, or none, for its own
 * (`CopyAnnotations` in haproxytech/kubernetes-ingress), so that each key here is whole.
 */
const INGRESS_ANNOTATIONS = [
  "acme.cert-manager.io/http01-edit-in-place",
  "kubernetes.io/ingress.class",
  "kubernetes.io/tls-acme",
  ...of(
    "cert-manager.io",
    "cluster-issuer duration issuer private-key-algorithm private-key-encoding private-key-rotation-policy private-key-size renew-before",
  ),
  ...of(
    "nginx.ingress.kubernetes.io",
    `affinity affinity-canary-behavior affinity-mode allowlist-source-range app-root auth-realm auth-secret
     auth-secret-type auth-tls-pass-certificate-to-upstream auth-tls-secret auth-tls-verify-client
     auth-tls-verify-depth auth-type backend-protocol canary canary-by-cookie canary-by-header canary-by-header-pattern
     canary-by-header-value canary-weight canary-weight-total client-body-buffer-size connection-proxy-header cors-allow-credentials
     cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age custom-http-errors
     denylist-source-range disable-proxy-intercept-errors enable-access-log enable-cors enable-rewrite-log force-ssl-redirect limit-allowlist limit-burst-multiplier
     limit-connections limit-rate limit-rate-after limit-rpm limit-rps limit-whitelist load-balance permanent-redirect
     permanent-redirect-code preserve-trailing-slash proxy-body-size proxy-buffer-size proxy-buffering
     proxy-buffers-number proxy-busy-buffers-size proxy-connect-timeout proxy-cookie-domain proxy-cookie-path
     proxy-http-version proxy-max-temp-file-size proxy-next-upstream proxy-next-upstream-timeout
     proxy-next-upstream-tries proxy-read-timeout proxy-redirect-from proxy-redirect-to proxy-request-buffering
     proxy-send-timeout proxy-ssl-secret proxy-ssl-server-name proxy-ssl-verify proxy-ssl-verify-depth rewrite-target satisfy service-upstream session-cookie-change-on-failure
     session-cookie-conditional-samesite-none session-cookie-domain session-cookie-expires session-cookie-max-age
     session-cookie-name session-cookie-partitioned session-cookie-path session-cookie-samesite session-cookie-secure ssl-passthrough ssl-redirect
     temporal-redirect temporal-redirect-code upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size
     upstream-vhost use-regex whitelist-source-range x-forwarded-prefix`,
  ),
  ...of("traefik.ingress.kubernetes.io", "router.entrypoints router.priority router.tls"),
  ...of("haproxy.org", HAPROXY),
];

/** Keys that every kind may have. */
export const COMMON_KEYS = { annotations: [...VCLUSTER, ...TOOLS], labels: DOMAIN_LABELS };

/** Annotations by which a Service says how a controller connects to its own pods. */
const SERVICE_ANNOTATIONS = [
  ...of(
    "traefik.ingress.kubernetes.io",
    `service.nativelb service.passhostheader service.serversscheme service.sticky.cookie service.sticky.cookie.httponly
     service.sticky.cookie.maxage service.sticky.cookie.name service.sticky.cookie.path service.sticky.cookie.samesite
     service.sticky.cookie.secure`,
  ),
  ...of("haproxy.org", HAPROXY_OF_SERVICES),
];

/** Names that HAProxy's controller takes for its own, those of nginx's annotations among them. */
export const HAPROXY_NAMES = [
  ...new Set(`${HAPROXY} ${HAPROXY_OF_SERVICES} auth-realm auth-secret auth-type`.split(/\s+/)),
];

export const KEYS: readonly KeyTable[] = [
  {
    // Kubernetes takes metadata through the subresources as well.
    kinds: POD_KINDS,
    annotations: [
      ...ANNOTATIONS,
      "azure.workload.identity/*",
      "batch.kubernetes.io/*",
      "cluster-autoscaler.kubernetes.io/*",
      // Kubernetes writes these itself on the way: what pod security or a LimitRange says of a pod.
      "container.apparmor.security.beta.kubernetes.io/*",
      "container.seccomp.security.alpha.kubernetes.io/*",
      "kubernetes.io/limit-ranger",
      "seccomp.security.alpha.kubernetes.io/pod",
      "controller.kubernetes.io/pod-deletion-cost",
      "eks.amazonaws.com/skip-containers",
      "prometheus.io/*",
      "operatorframework.io/*",
      "operators.operatorframework.io/*",
      ...OPERATORS,
      ...DOTTED,
      ...NO_SIDECAR,
    ],
    labels: [
      ...LABELS,
      ...NO_SIDECAR,
      "apps.kubernetes.io/*",
      "azure.workload.identity/*",
      "batch.kubernetes.io/*",
      "statefulset.kubernetes.io/*",
      // Kubernetes 1.35 copies these from the node that the pod is on.
      "topology.kubernetes.io/*",
    ],
  },
  {
    kinds: ["services"],
    // HAProxy's controller reads these as it does those of Ingresses.
    annotations: [
      ...SERVICE_ANNOTATIONS,
      // The control plane notes it on its own Service at its first start, before it does anything else.
      "vcluster.loft.sh/service-cidr",
      "prometheus.io/path",
      "prometheus.io/port",
      "prometheus.io/scheme",
      "prometheus.io/scrape",
      "service.alpha.kubernetes.io/tolerate-unready-endpoints",
      "service.kubernetes.io/topology-aware-hints",
      "service.kubernetes.io/topology-mode",
    ],
    labels: LABELS,
  },
  {
    kinds: ["endpoints", "discovery.k8s.io/endpointslices"],
    annotations: [
      ...ANNOTATIONS,
      "control-plane.alpha.kubernetes.io/leader",
      "endpoints.kubernetes.io/last-change-trigger-time",
    ],
    labels: [
      ...LABELS,
      "endpointslice.kubernetes.io/managed-by",
      "endpointslice.kubernetes.io/skip-mirror",
      "kubernetes.io/service-name",
      "service.kubernetes.io/headless",
    ],
  },
  { kinds: ["networking.k8s.io/ingresses"], annotations: INGRESS_ANNOTATIONS, labels: LABELS },
  {
    kinds: ["serviceaccounts"],
    annotations: [
      ...ANNOTATIONS,
      "azure.workload.identity/*",
      "eks.amazonaws.com/role-arn",
      "eks.amazonaws.com/sts-regional-endpoints",
      "eks.amazonaws.com/token-expiration",
      "iam.gke.io/gcp-service-account",
      "kubernetes.io/enforce-mountable-secrets",
    ],
    labels: [...LABELS, "azure.workload.identity/*"],
  },
  {
    kinds: ["secrets", "configmaps"],
    annotations: [
      ...ANNOTATIONS,
      "cert-manager.io/*",
      "control-plane.alpha.kubernetes.io/leader",
      "kubernetes.io/service-account.name",
      "kubernetes.io/service-account.uid",
      "reconcile.external-secrets.io/*",
    ],
    labels: [...DATA_LABELS, "controller.cert-manager.io/*", "reconcile.external-secrets.io/*"],
  },
  {
    kinds: ["persistentvolumeclaims"],
    annotations: [
      ...ANNOTATIONS,
      "volume.kubernetes.io/selected-node",
      "volume.kubernetes.io/storage-resizer",
      ...OPERATORS,
    ],
    labels: [...LABELS, "apps.kubernetes.io/*", "statefulset.kubernetes.io/*"],
  },
  {
    kinds: ["coordination.k8s.io/leases", "policy/poddisruptionbudgets", "snapshot.storage.k8s.io/volumesnapshots"],
    annotations: ANNOTATIONS,
    labels: LABELS,
  },
];
