/** Arguments of an environment that are refused (domain: example.org unless given), with `path: code` of every problem. */
export const invalidArguments: readonly (readonly [title: string, args: object, problems: readonly string[]])[] = [
  ["environment Dev", { environment: "Dev" }, ["environment: environment-invalid"]],
  ["environment dev_1", { environment: "dev_1" }, ["environment: environment-invalid"]],
  ["environment -dev", { environment: "-dev" }, ["environment: environment-invalid"]],
  [
    "environment eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    { environment: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee" },
    ["environment: environment-invalid"],
  ],
  ['domain "example.org."', { domain: "example.org." }, ["domain: domain-invalid"]],
  ['domain "Example.org"', { domain: "Example.org" }, ["domain: domain-invalid"]],
  ['domain ""', { domain: "" }, ["domain: domain-invalid"]],
  ['domain "a b"', { domain: "a b" }, ["domain: domain-invalid"]],
  ["no domain", { domain: undefined }, ["domain: domain-missing"]],
  [
    "a chart repository without scheme",
    { chart: { repository: "charts.loft.sh" } },
    ["chart.repository: chart-repository-invalid"],
  ],
  [
    "a token in the chart's repository",
    { chart: { repository: "https://s3cr3t@charts.example.com" } },
    ["chart.repository: chart-repository-has-password"],
  ],
  [
    "a range of chart versions",
    { chart: { version: "0.26" }, image: { tag: "0.26.0" } },
    ["chart.version: chart-version-not-exact"],
  ],
  ["a delivery that there is not", { delivery: "flux" }, ["delivery: delivery-unknown"]],
  [
    "a chart on disk for Argo CD",
    { delivery: "argocd", chart: { path: "./chart" } },
    ["chart.path: chart-path-unreachable"],
  ],
  [
    "a project that cannot be",
    { argocd: { deliveryProject: "The Platform" } },
    ["argocd.deliveryProject: project-invalid"],
  ],
  ["an empty chart path", { chart: { path: "" } }, ["chart.path: chart-path-empty"]],
  [
    "an image without repository and with a bad tag",
    { image: { repository: "", tag: "a tag" } },
    ["image.repository: image-repository-invalid", "image.tag: image-tag-invalid"],
  ],
  [
    "a Kubernetes version without v",
    { kubernetesVersion: "1.34.4" },
    ["kubernetesVersion: kubernetes-version-invalid"],
  ],
  [
    "a quantity that is none",
    { controlPlane: { limits: { memory: "4GB" } } },
    ["controlPlane.limits.memory: quantity-invalid"],
  ],
  [
    "a request above the limit",
    { controlPlane: { requests: { cpu: 3 } } },
    ["controlPlane.requests.cpu: request-above-limit"],
  ],
  [
    "a limit below the default request",
    { controlPlane: { limits: { memory: "1Gi" } } },
    ["controlPlane.requests.memory: request-above-limit"],
  ],
  [
    "no time to start",
    { controlPlane: { startTimeoutSeconds: 0 } },
    ["controlPlane.startTimeoutSeconds: timeout-invalid"],
  ],
  ["a volume of no size", { persistence: { size: 0 } }, ["persistence.size: volume-size-invalid"]],
  [
    "a bad storage class",
    { persistence: { storageClass: "Fast" } },
    ["persistence.storageClass: storage-class-invalid"],
  ],
  [
    "mappings that the syncer would refuse or never match",
    {
      sync: {
        secrets: {
          backstage: "backstage/*",
          "a/*": "a/one",
          "b/*": "b",
          "c/x/y": "c/x",
          "d/": "d/*",
          "/*": "e/*",
          "*/f": "f/f",
          "g/Upper": "g/x",
          "h/x": "h/Upper",
          "i/x": "I/x",
          "": "own/one",
        },
      },
    },
    [
      "sync.secrets.backstage: mapping-invalid",
      'sync.secrets["a/*"]: mapping-invalid',
      'sync.secrets["b/*"]: mapping-invalid',
      'sync.secrets["c/x/y"]: mapping-invalid',
      'sync.secrets["d/"]: mapping-invalid',
      'sync.secrets["/*"]: mapping-invalid',
      'sync.secrets["*/f"]: mapping-invalid',
      'sync.secrets["g/Upper"]: mapping-invalid',
      'sync.secrets["h/x"]: mapping-invalid',
      'sync.secrets["i/x"]: mapping-invalid',
      'sync.secrets[""]: mapping-invalid',
    ],
  ],
  [
    "two sources onto one target",
    { sync: { configMaps: { "a/*": "config/*", "b/*": "config/*", "a/x": "other/x", "c/x": "other/*" } } },
    ['sync.configMaps["b/*"]: mapping-target-duplicate', 'sync.configMaps["c/x"]: mapping-target-duplicate'],
  ],
  [
    "URLs as names in the certificate",
    { extraSans: ["ok.example.org", "https://api.example.org", "api:443"] },
    ["extraSans[1]: san-invalid", "extraSans[2]: san-invalid"],
  ],
  [
    "an unknown controller and a bad class",
    { ingress: { controller: "apache", className: "Nginx" } },
    ["ingress.controller: controller-unknown", "ingress.className: ingress-class-invalid"],
  ],
  ["a port of the ingress that there is not", { ingress: { port: 65536 } }, ["ingress.port: port-invalid"]],
  [
    "a class for controllers that have none",
    { ingress: { controller: "none", className: "nginx" } },
    ["ingress.className: ingress-key-unused"],
  ],
  [
    "a Gateway for another controller",
    { ingress: { gateway: { name: "edge", namespace: "infra" } } },
    ["ingress.gateway: ingress-key-unused"],
  ],
  [
    "a class and no Gateway for the controller gateway",
    { ingress: { controller: "gateway", className: "nginx" } },
    [
      "ingress.className: ingress-key-unused",
      "ingress.gateway.name: gateway-invalid",
      "ingress.gateway.namespace: namespace-invalid",
    ],
  ],
  [
    "a Gateway that cannot be",
    {
      ingress: {
        controller: "gateway",
        gateway: { name: "Edge", namespace: "in.fra", sectionName: "", routeVersion: "v2" },
      },
    },
    [
      "ingress.gateway.name: gateway-invalid",
      "ingress.gateway.namespace: namespace-invalid",
      "ingress.gateway.sectionName: listener-invalid",
      "ingress.gateway.routeVersion: route-version-unknown",
    ],
  ],
  ["a bad namespace of Argo CD", { argocd: { namespace: "argo_cd" } }, ["argocd.namespace: namespace-invalid"]],
  [
    "a pattern among Argo CD's namespaces",
    { argocd: { namespaces: ["backstage", "team-*"] } },
    ["argocd.namespaces[1]: namespace-invalid"],
  ],
  [
    "cluster resources without namespaces",
    { argocd: { clusterResources: true } },
    ["argocd.clusterResources: cluster-resources-without-effect"],
  ],
  [
    'the source ""',
    { argocd: { sources: ["*", "!https://example.org/*", ""] } },
    ["argocd.sources[2]: source-invalid"],
  ],
  [
    'the source "a b"',
    { argocd: { sources: ["*", "!https://example.org/*", "a b"] } },
    ["argocd.sources[2]: source-invalid"],
  ],
  [
    'the source "!"',
    { argocd: { sources: ["*", "!https://example.org/*", "!"] } },
    ["argocd.sources[2]: source-invalid"],
  ],
  ["a rotation that is a number", { argocd: { rotation: 2 } }, ["argocd.rotation: wrong-type"]],
  [
    "labels of the cluster that are none",
    { argocd: { labels: { "a/b/c": "", team: "our team", "-x": "y" } } },
    [
      'argocd.labels["a/b/c"]: metadata-key-invalid',
      "argocd.labels.-x: metadata-key-invalid",
      "argocd.labels.team: label-value-invalid",
    ],
  ],
  [
    "labels and annotations that are written by others",
    {
      argocd: {
        labels: { environment: "x", "argocd.argoproj.io/secret-type": "x" },
        annotations: { "pulumi.com/a": "b" },
      },
    },
    [
      'argocd.annotations["pulumi.com/a"]: metadata-key-reserved',
      "argocd.labels.environment: metadata-key-managed",
      'argocd.labels["argocd.argoproj.io/secret-type"]: metadata-key-managed',
    ],
  ],
  [
    "a class of the cluster that is not a label's value",
    { argocd: { clusterClass: "app runtime" } },
    ["argocd.clusterClass: label-value-invalid"],
  ],
  ["an empty class of the cluster", { argocd: { clusterClass: "" } }, ["argocd.clusterClass: label-value-invalid"]],
  [
    "labels of the cluster that a class sets",
    {
      argocd: {
        clusterClass: "app-runtime",
        labels: { "vcluster.cnoe.io/clusterClass": "x", "vcluster.cnoe.io/clusterName": "y" },
      },
    },
    [
      'argocd.labels["vcluster.cnoe.io/clusterClass"]: metadata-key-managed',
      'argocd.labels["vcluster.cnoe.io/clusterName"]: metadata-key-managed',
    ],
  ],
  ["a negative wait", { readiness: { timeoutSeconds: -1 } }, ["readiness.timeoutSeconds: timeout-invalid"]],
  [
    "keys that do not exist",
    { domian: "x", ingress: { clasName: "nginx" }, quota: {} },
    ["ingress.clasName: unknown-key", "domian: unknown-key", "quota: unknown-key"],
  ],
  [
    "values of the wrong type",
    {
      kubernetesVersion: 1.34,
      argocd: true,
      readiness: { enabled: "no" },
      extraSans: "a",
      sync: { secrets: { a: 1 } },
    },
    [
      "kubernetesVersion: wrong-type",
      "sync.secrets.a: wrong-type",
      "extraSans: wrong-type",
      "argocd: wrong-type",
      "readiness.enabled: wrong-type",
    ],
  ],
  [
    "what is no JSON, and an item of a list",
    { image: null, readiness: new Date(0), extraSans: ["ok.example.org", 1, "not ok"] },
    ["image: wrong-type", "extraSans[1]: wrong-type", "readiness: wrong-type"],
  ],
  [
    "nulls that would not reach Helm",
    { values: { telemetry: { enabled: null }, policies: { resourceQuota: { quota: { "count/pods": null } } } } },
    ['values.policies.resourceQuota.quota["count/pods"]: null-without-effect'],
  ],
  [
    "mappings among the free values that the keys do not have",
    { values: { sync: { fromHost: { secrets: { mappings: { byName: { "a/*": "a/*" } } } } } } },
    ["values.sync.fromHost.secrets: mappings-in-values"],
  ],
  [
    "an image with everything in one key",
    { image: { registry: "https://ghcr.io", repository: "ghcr.io/loft-sh/vcluster-oss:0.26.0" } },
    ["image.registry: image-registry-invalid", "image.repository: image-repository-invalid"],
  ],
  [
    "the environment's own namespace as a source",
    { sync: { secrets: { "dev-vcluster/*": "own/*" } } },
    ['sync.secrets["dev-vcluster/*"]: mapping-invalid'],
  ],
  [
    "values that the chart lost",
    {
      chart: { version: "0.36.1" },
      sync: { toHost: { volumeSnapshots: true, volumeSnapshotContents: true } },
      values: {
        sleepMode: { enabled: true },
        rbac: { enableVolumeSnapshotRules: { enabled: false } },
        sync: { toHost: { volumeSnapshots: { enabled: false } } },
      },
    },
    [
      "sync.toHost.volumeSnapshots: value-not-in-chart",
      "sync.toHost.volumeSnapshotContents: value-not-in-chart",
      "values.sync.toHost.volumeSnapshots: value-not-in-chart",
      "values.rbac.enableVolumeSnapshotRules: value-not-in-chart",
      "values.sleepMode: value-not-in-chart",
    ],
  ],
  [
    "a value that the chart does not have yet",
    { values: { sync: { toHost: { endpointSlices: { enabled: false } } } } },
    ["values.sync.toHost.endpointSlices: value-not-in-chart"],
  ],
  [
    "paid sections of a newer chart",
    { chart: { version: "0.32.0" }, values: { sleep: {}, platform: { project: "a" } } },
    ["values.sleep: pro-feature", "values.platform: pro-feature"],
  ],
  [
    "a feature gate that takes back the one of this program",
    {
      values: {
        controlPlane: {
          distro: {
            k8s: {
              apiServer: { extraArgs: ["--v=2", "--feature-gates=AllAlpha=false,InPlacePodVerticalScaling=true"] },
            },
          },
        },
      },
    },
    ["values.controlPlane.distro.k8s.apiServer.extraArgs: feature-gate-required"],
  ],
  [
    "the same feature gate with spaces, which Kubernetes takes",
    {
      values: {
        controlPlane: {
          distro: { k8s: { apiServer: { extraArgs: ["--feature-gates", "InPlacePodVerticalScaling = true"] } } },
        },
      },
    },
    ["values.controlPlane.distro.k8s.apiServer.extraArgs: feature-gate-required"],
  ],
  [
    "K3s, which does not get the flags of this program",
    { values: { controlPlane: { distro: { k3s: { enabled: true } } } } },
    ["values.controlPlane.distro.k3s.extraArgs: feature-gate-required"],
  ],
  [
    "null in place of the flags of this program",
    { values: { controlPlane: { distro: { k8s: { apiServer: null } } } } },
    ["values.controlPlane.distro.k8s.apiServer.extraArgs: feature-gate-required"],
  ],
  [
    "another Kubernetes by the chart's old name for it",
    { values: { controlPlane: { distro: { k8s: { version: "v1.35.0" } } } } },
    ["values.controlPlane.distro.k8s.version: value-conflict"],
  ],
  [
    'the value controlPlane.distro.k8s.image.tag: "v1.33.0"',
    { values: { controlPlane: { distro: { k8s: { image: { tag: "v1.33.0" } } } } } },
    ["values.controlPlane.distro.k8s.image.tag: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.image.registry: "docker.io"',
    { values: { controlPlane: { statefulSet: { image: { registry: "docker.io" } } } } },
    ["values.controlPlane.statefulSet.image.registry: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.image.repository: "loft-sh/vcluster-pro"',
    { values: { controlPlane: { statefulSet: { image: { repository: "loft-sh/vcluster-pro" } } } } },
    ["values.controlPlane.statefulSet.image.repository: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.image.tag: "0.30.0"',
    { values: { controlPlane: { statefulSet: { image: { tag: "0.30.0" } } } } },
    ["values.controlPlane.statefulSet.image.tag: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.resources.requests.cpu: "3"',
    { values: { controlPlane: { statefulSet: { resources: { requests: { cpu: "3" } } } } } },
    ["values.controlPlane.statefulSet.resources.requests.cpu: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.resources.requests.memory: "9Gi"',
    { values: { controlPlane: { statefulSet: { resources: { requests: { memory: "9Gi" } } } } } },
    ["values.controlPlane.statefulSet.resources.requests.memory: value-conflict"],
  ],
  [
    "the value controlPlane.statefulSet.resources.limits.cpu: 4",
    { values: { controlPlane: { statefulSet: { resources: { limits: { cpu: 4 } } } } } },
    ["values.controlPlane.statefulSet.resources.limits.cpu: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.resources.limits.memory: "1Gi"',
    { values: { controlPlane: { statefulSet: { resources: { limits: { memory: "1Gi" } } } } } },
    ["values.controlPlane.statefulSet.resources.limits.memory: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.persistence.volumeClaim.size: "1Gi"',
    { values: { controlPlane: { statefulSet: { persistence: { volumeClaim: { size: "1Gi" } } } } } },
    ["values.controlPlane.statefulSet.persistence.volumeClaim.size: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.persistence.volumeClaim.storageClass: "fast"',
    { values: { controlPlane: { statefulSet: { persistence: { volumeClaim: { storageClass: "fast" } } } } } },
    ["values.controlPlane.statefulSet.persistence.volumeClaim.storageClass: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.persistence.volumeClaim.retentionPolicy: "Retain"',
    { values: { controlPlane: { statefulSet: { persistence: { volumeClaim: { retentionPolicy: "Retain" } } } } } },
    ["values.controlPlane.statefulSet.persistence.volumeClaim.retentionPolicy: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.persistence.volumeClaim.accessModes: ["ReadWriteMany"]',
    { values: { controlPlane: { statefulSet: { persistence: { volumeClaim: { accessModes: ["ReadWriteMany"] } } } } } },
    ["values.controlPlane.statefulSet.persistence.volumeClaim.accessModes: value-conflict"],
  ],
  [
    "the value controlPlane.distro.k8s.scheduler.enabled: false",
    { values: { controlPlane: { distro: { k8s: { scheduler: { enabled: false } } } } } },
    ["values.controlPlane.distro.k8s.scheduler.enabled: value-conflict"],
  ],
  [
    'the value controlPlane.statefulSet.scheduling.priorityClassName: "high"',
    { values: { controlPlane: { statefulSet: { scheduling: { priorityClassName: "high" } } } } },
    ["values.controlPlane.statefulSet.scheduling.priorityClassName: value-conflict"],
  ],
  [
    "the value controlPlane.statefulSet.probes.startupProbe.periodSeconds: 6",
    { values: { controlPlane: { statefulSet: { probes: { startupProbe: { periodSeconds: 6 } } } } } },
    ["values.controlPlane.statefulSet.probes.startupProbe.periodSeconds: value-conflict"],
  ],
  [
    "the value sync.fromHost.ingressClasses.enabled: false",
    { values: { sync: { fromHost: { ingressClasses: { enabled: false } } } } },
    ["values.sync.fromHost.ingressClasses.enabled: value-conflict"],
  ],
  [
    "the value sync.toHost.podDisruptionBudgets.enabled: true",
    { values: { sync: { toHost: { podDisruptionBudgets: { enabled: true } } } } },
    ["values.sync.toHost.podDisruptionBudgets.enabled: value-conflict"],
  ],
  [
    "access modes that the control plane cannot use",
    { persistence: { accessModes: ["ReadOnlyMany"] } },
    ["persistence.accessModes: access-modes-invalid"],
  ],
  [
    "tolerations that Kubernetes would refuse",
    {
      controlPlane: {
        tolerations: [
          { key: "a", operator: "Exists", value: "b" },
          { operator: "Equal" },
          { key: "a", effect: "NoStart", tolerationSeconds: 5 },
          { keys: "a", operator: "Is" },
        ],
      },
    },
    [
      "controlPlane.tolerations[3].keys: unknown-key",
      "controlPlane.tolerations[0]: toleration-invalid",
      "controlPlane.tolerations[1]: toleration-invalid",
      "controlPlane.tolerations[2]: toleration-invalid",
      "controlPlane.tolerations[2]: toleration-invalid",
    ],
  ],
  [
    "placement and probes that cannot be",
    {
      controlPlane: {
        affinity: { node: {} },
        priorityClass: "High",
        nodeSelector: { disk: 1 },
        probes: { startup: { periodSeconds: 0 }, livenes: {} },
      },
    },
    [
      "controlPlane.probes.livenes: unknown-key",
      "controlPlane.nodeSelector.disk: wrong-type",
      "controlPlane.affinity.node: affinity-unknown",
      "controlPlane.priorityClass: priority-class-invalid",
      "controlPlane.probes.startup.periodSeconds: probe-invalid",
    ],
  ],
  [
    "labels and annotations of others, and such that cannot be",
    {
      labels: { app: "x", "kubernetes.io/metadata.name": "x", "a b": "c", team: "a b" },
      annotations: { "pulumi.com/skipAwait": "true", "Example.org/a": "x" },
    },
    [
      "labels.app: metadata-key-reserved",
      'labels["kubernetes.io/metadata.name"]: metadata-key-reserved',
      'labels["a b"]: metadata-key-invalid',
      'annotations["pulumi.com/skipAwait"]: metadata-key-reserved',
      'annotations["Example.org/a"]: metadata-key-invalid',
      "labels.team: label-value-invalid",
    ],
  ],
  [
    "a null that deletes what a key says",
    { values: { controlPlane: { statefulSet: { image: { tag: null } } } } },
    ["values.controlPlane.statefulSet.image.tag: value-conflict"],
  ],
  [
    "the value controlPlane.statefulSet.persistence.volumeClaim.enabled: false",
    { values: { controlPlane: { statefulSet: { persistence: { volumeClaim: { enabled: false } } } } } },
    ["values.controlPlane.statefulSet.persistence.volumeClaim.enabled: volume-disabled"],
  ],
  [
    "a scheduler without nodes",
    { sync: { fromHost: { nodes: false } } },
    ["sync.fromHost.nodes: scheduler-without-nodes"],
  ],
  [
    "the old switch of the scheduler without nodes",
    {
      controlPlane: { virtualScheduler: false },
      sync: { fromHost: { nodes: false } },
      values: { controlPlane: { advanced: { virtualScheduler: { enabled: "true" } } } },
    },
    ["sync.fromHost.nodes: scheduler-without-nodes"],
  ],
  [
    "kinds that cannot go both ways, or one alone",
    {
      isolation: { profile: "open" },
      sync: {
        fromHost: { storageClasses: true, priorityClasses: true },
        toHost: { storageClasses: true, priorityClasses: true, volumeSnapshots: true },
      },
    },
    [
      "sync.toHost.storageClasses: synced-both-ways",
      "sync.toHost.priorityClasses: synced-both-ways",
      "sync.toHost.volumeSnapshotContents: snapshots-incomplete",
    ],
  ],
  [
    "the value sync.toHost.namespaces.enabled: true",
    { values: { sync: { toHost: { namespaces: { enabled: true } } } } },
    ["values.sync.toHost.namespaces.enabled: pro-feature"],
  ],
  [
    'the value sync.toHost.pods.hybridScheduling.enabled: "true"',
    { values: { sync: { toHost: { pods: { hybridScheduling: { enabled: "true" } } } } } },
    ["values.sync.toHost.pods.hybridScheduling.enabled: pro-feature"],
  ],
  [
    'the value sync.toHost.customResources: {"certificates.cert-manager.io":{"enabled":true}}',
    { values: { sync: { toHost: { customResources: { "certificates.cert-manager.io": { enabled: true } } } } } },
    ["values.sync.toHost.customResources: pro-feature"],
  ],
  [
    'the value sync.fromHost.customResources: {"widgets.example.org":{"enabled":true}}',
    { values: { sync: { fromHost: { customResources: { "widgets.example.org": { enabled: true } } } } } },
    ["values.sync.fromHost.customResources: pro-feature"],
  ],
  [
    'the value sync.toHost.ingresses.patches: [{"path":"spec"}]',
    { values: { sync: { toHost: { ingresses: { patches: [{ path: "spec" }] } } } } },
    ["values.sync.toHost.ingresses.patches: pro-feature"],
  ],
  [
    "the value controlPlane.backingStore.etcd.embedded.enabled: true",
    { values: { controlPlane: { backingStore: { etcd: { embedded: { enabled: true } } } } } },
    ["values.controlPlane.backingStore.etcd.embedded.enabled: pro-feature"],
  ],
  [
    "the value controlPlane.backingStore.database.external.enabled: true",
    { values: { controlPlane: { backingStore: { database: { external: { enabled: true } } } } } },
    ["values.controlPlane.backingStore.database.external.enabled: pro-feature"],
  ],
  [
    "the value controlPlane.coredns.embedded: true",
    { values: { controlPlane: { coredns: { embedded: true } } } },
    ["values.controlPlane.coredns.embedded: pro-feature"],
  ],
  [
    "the value controlPlane.hostPathMapper.central: true",
    { values: { controlPlane: { hostPathMapper: { central: true } } } },
    ["values.controlPlane.hostPathMapper.central: pro-feature"],
  ],
  [
    'the value networking.resolveDNS: [{"hostname":"a"}]',
    { values: { networking: { resolveDNS: [{ hostname: "a" }] } } },
    ["values.networking.resolveDNS: pro-feature"],
  ],
  [
    "the value policies.centralAdmission.validatingWebhooks: [{}]",
    { values: { policies: { centralAdmission: { validatingWebhooks: [{}] } } } },
    ["values.policies.centralAdmission.validatingWebhooks: pro-feature"],
  ],
  [
    "the value policies.centralAdmission.mutatingWebhooks: [{}]",
    { values: { policies: { centralAdmission: { mutatingWebhooks: [{}] } } } },
    ["values.policies.centralAdmission.mutatingWebhooks: pro-feature"],
  ],
  [
    "the value experimental.denyProxyRequests: [{}]",
    { values: { experimental: { denyProxyRequests: [{}] } } },
    ["values.experimental.denyProxyRequests: pro-feature"],
  ],
  [
    "the value experimental.isolatedControlPlane.enabled: true",
    { values: { experimental: { isolatedControlPlane: { enabled: true } } } },
    ["values.experimental.isolatedControlPlane.enabled: pro-feature"],
  ],
  [
    'the value external.platform: {"project":"a"}',
    { values: { external: { platform: { project: "a" } } } },
    ["values.external.platform: pro-feature"],
  ],
  [
    "the value sleepMode.enabled: true",
    { values: { sleepMode: { enabled: true } } },
    ["values.sleepMode.enabled: pro-feature"],
  ],
  [
    "labels of nodes without nodes",
    {
      controlPlane: { virtualScheduler: false },
      sync: { fromHost: { nodes: false }, nodeSelector: { "node-pool": "tenants" } },
    },
    ["sync.nodeSelector: node-selector-without-nodes"],
  ],
  [
    "mappings of namespaces that hold Secrets of the host",
    {
      sync: {
        secrets: { "staging-vcluster/*": "a/*", "kube-system/x": "b/x", "argocd/*": "c/*", "argo/*": "d/*" },
        configMaps: { "edge/*": "e/*", "metallb-system/*": "f/*", "shared/*": "g/*" },
      },
      argocd: { namespace: "argo" },
      isolation: { ingressNamespace: "edge" },
    },
    [
      'sync.secrets["staging-vcluster/*"]: mapping-source-reserved',
      'sync.secrets["kube-system/x"]: mapping-source-reserved',
      'sync.secrets["argocd/*"]: mapping-source-reserved',
      'sync.secrets["argo/*"]: mapping-source-reserved',
      'sync.configMaps["edge/*"]: mapping-source-reserved',
      'sync.configMaps["metallb-system/*"]: mapping-source-reserved',
    ],
  ],
  [
    "copies without an owner",
    { values: { experimental: { syncSettings: { setOwner: false } } } },
    ["values.experimental.syncSettings.setOwner: copies-without-owner"],
  ],
  [
    "tokens of pods in annotations",
    { values: { sync: { toHost: { pods: { useSecretsForSATokens: false } } } } },
    ["values.sync.toHost.pods.useSecretsForSATokens: tokens-in-annotations"],
  ],
  [
    "a list of SANs that leaves out what is handed out",
    { extraSans: ["api.example.org"], values: { controlPlane: { proxy: { extraSANs: ["*.example.com"] } } } },
    [
      "values.controlPlane.proxy.extraSANs: san-missing",
      "values.controlPlane.proxy.extraSANs: san-missing",
      "values.controlPlane.proxy.extraSANs: san-missing",
    ],
  ],
  [
    "a wildcard that does not reach far enough",
    {
      domain: "a.example.org",
      values: { controlPlane: { proxy: { extraSANs: ["*.example.org", "*.dev-vcluster.svc"] } } },
    },
    ["values.controlPlane.proxy.extraSANs: san-missing"],
  ],
  [
    'the value exportKubeConfig.server: "https://other.example.org"',
    { values: { exportKubeConfig: { server: "https://other.example.org" } } },
    ["values.exportKubeConfig.server: server-not-in-certificate"],
  ],
  [
    "the value controlPlane.statefulSet.highAvailability.replicas: 3",
    { values: { controlPlane: { statefulSet: { highAvailability: { replicas: 3 } } } } },
    ["values.controlPlane.statefulSet.highAvailability.replicas: value-conflict"],
  ],
  [
    "an environment whose name is too long with etcd",
    { environment: "e".repeat(34), controlPlane: { replicas: 3 } },
    ["environment: environment-invalid"],
  ],
  ["no replica", { controlPlane: { replicas: 0 } }, ["controlPlane.replicas: replicas-invalid"]],
  ["an even number of replicas", { controlPlane: { replicas: 4 } }, ["controlPlane.replicas: replicas-invalid"]],
  ["seven replicas", { controlPlane: { replicas: 7 } }, ["controlPlane.replicas: replicas-invalid"]],
  [
    "three replicas that share a database",
    {
      controlPlane: { replicas: 3 },
      values: { controlPlane: { backingStore: { etcd: { deploy: { enabled: false } } } } },
    },
    ["values.controlPlane.backingStore: replicas-without-etcd"],
  ],
  [
    "three replicas with two stores",
    {
      controlPlane: { replicas: 3 },
      values: { controlPlane: { backingStore: { database: { embedded: { enabled: true } } } } },
    },
    ["values.controlPlane.backingStore: several-stores"],
  ],
  [
    "an etcd of one replica that no policy lets through",
    { values: { controlPlane: { backingStore: { etcd: { deploy: { enabled: true } } } } } },
    ["values.controlPlane.backingStore.etcd.deploy.enabled: etcd-without-replicas"],
  ],
  [
    "three replicas with another etcd than their keys say, without volumes",
    {
      controlPlane: { replicas: 3 },
      values: {
        controlPlane: {
          backingStore: {
            etcd: {
              deploy: {
                statefulSet: {
                  highAvailability: { replicas: 5 },
                  persistence: { volumeClaim: { enabled: false, size: "9Gi" } },
                },
              },
            },
          },
        },
      },
    },
    [
      "values.controlPlane.backingStore.etcd.deploy.statefulSet.highAvailability.replicas: value-conflict",
      "values.controlPlane.backingStore.etcd.deploy.statefulSet.persistence.volumeClaim.size: value-conflict",
      "values.controlPlane.backingStore.etcd.deploy.statefulSet.persistence.volumeClaim.enabled: volume-disabled",
    ],
  ],
  [
    "quotas that have room for one replica and not for three",
    {
      controlPlane: { replicas: 3 },
      isolation: {
        quota: {
          "count/pods": 6,
          services: 5,
          persistentvolumeclaims: 5,
          "requests.storage": "29Gi",
          "limits.ephemeral-storage": "26Gi",
          "requests.ephemeral-storage": "1349Mi",
        },
      },
    },
    [
      'isolation.quota["count/pods"]: quota-too-small',
      'isolation.quota["requests.ephemeral-storage"]: quota-too-small',
      'isolation.quota["requests.storage"]: quota-too-small',
      'isolation.quota["limits.ephemeral-storage"]: quota-too-small',
      "isolation.quota.services: quota-too-small",
      "isolation.quota.persistentvolumeclaims: quota-too-small",
    ],
  ],
  [
    'the value policies.podSecurityStandard: "strict"',
    { values: { policies: { podSecurityStandard: "strict" } } },
    ["values.policies.podSecurityStandard: pod-security-unknown"],
  ],
  [
    "both ways of exporting the kubeconfig",
    { values: { exportKubeConfig: { secret: { name: "a" }, additionalSecrets: [{ name: "b" }] } } },
    ["values.exportKubeConfig.secret: kubeconfig-exported-twice"],
  ],
  ["an unknown profile", { isolation: { profile: "strict" } }, ["isolation.profile: profile-unknown"]],
  ["a quota of 0 for pods", { isolation: { quota: { pods: 0 } } }, ["isolation.quota.pods: quota-too-small"]],
  [
    "a quota of 3 for services",
    { isolation: { quota: { services: "3" } } },
    ["isolation.quota.services: quota-too-small"],
  ],
  [
    "a quota of 11 for secrets",
    { isolation: { quota: { secrets: 11 } } },
    ["isolation.quota.secrets: quota-too-small"],
  ],
  [
    "a quota of 5 for configmaps",
    { isolation: { quota: { configmaps: 5 } } },
    ["isolation.quota.configmaps: quota-too-small"],
  ],
  [
    "a quota of 0 for persistentvolumeclaims",
    { isolation: { quota: { persistentvolumeclaims: 0 } } },
    ["isolation.quota.persistentvolumeclaims: quota-too-small"],
  ],
  [
    "a quota of 0 for count/pods",
    { isolation: { quota: { "count/pods": 0 } } },
    ['isolation.quota["count/pods"]: quota-too-small'],
  ],
  [
    "a quota of 44 for count/serviceaccounts",
    { isolation: { quota: { "count/serviceaccounts": 44 } } },
    ['isolation.quota["count/serviceaccounts"]: quota-too-small'],
  ],
  [
    "a quota of 0 for count/ingresses.networking.k8s.io",
    { isolation: { quota: { "count/ingresses.networking.k8s.io": 0 } } },
    ['isolation.quota["count/ingresses.networking.k8s.io"]: quota-too-small'],
  ],
  [
    "a quota of 4Gi for requests.storage",
    { isolation: { quota: { "requests.storage": "4Gi" } } },
    ['isolation.quota["requests.storage"]: quota-too-small'],
  ],
  [
    "a quota of 7Gi for limits.ephemeral-storage",
    { isolation: { quota: { "limits.ephemeral-storage": "7Gi" } } },
    ['isolation.quota["limits.ephemeral-storage"]: quota-too-small'],
  ],
  [
    "a quota of 399Mi for requests.ephemeral-storage",
    { isolation: { quota: { "requests.ephemeral-storage": "399Mi" } } },
    ['isolation.quota["requests.ephemeral-storage"]: quota-too-small'],
  ],
  [
    "a quota that is no quantity, and one for what has none",
    { isolation: { quota: { pods: "many", configMaps: 5, "count/jobs.batch": "1 0" } } },
    [
      "isolation.quota.pods: quantity-invalid",
      "isolation.quota.configMaps: quota-name-unknown",
      'isolation.quota["count/jobs.batch"]: quantity-invalid',
    ],
  ],
  [
    "limits of containers that are none, and a request above its limit",
    { isolation: { containerLimits: { cpu: "-1", gpu: 1 }, containerRequests: { memory: "1Gi" } } },
    [
      "isolation.containerLimits.cpu: quantity-invalid",
      "isolation.containerLimits.gpu: container-resource-unknown",
      "isolation.containerRequests.memory: request-above-limit",
    ],
  ],
  [
    "no default for what the quota counts",
    { isolation: { containerLimits: { memory: null }, containerRequests: { cpu: null } } },
    [
      "isolation.containerLimits.memory: container-default-missing",
      "isolation.containerRequests.cpu: container-default-missing",
    ],
  ],
  [
    "the control plane's class for workloads",
    { isolation: { allow: { priorityClasses: ["high", "vcluster-dev-helm"] } } },
    ["isolation.allow.priorityClasses: class-not-counted"],
  ],
  [
    "the class that is given to the control plane for workloads",
    { controlPlane: { priorityClass: "high" }, isolation: { allow: { priorityClasses: ["high"] } } },
    ["isolation.allow.priorityClasses: class-not-counted"],
  ],
  [
    "an ingress controller's namespace that cannot be one",
    { isolation: { ingressNamespace: "Traefik" } },
    ["isolation.ingressNamespace: namespace-invalid"],
  ],
  [
    "openings to nobody, to two at once and with a key that does not exist",
    {
      isolation: {
        egress: [{ ports: [443] }, { cidr: "203.0.113.0/24", namespace: "a" }],
        ingress: [{ namespaces: "monitoring" }],
        hostApi: [{ namespace: "default" }],
      },
    },
    [
      "isolation.ingress[0].namespaces: unknown-key",
      "isolation.hostApi[0].namespace: unknown-key",
      "isolation.egress[0]: peer-invalid",
      "isolation.egress[1]: peer-invalid",
    ],
  ],
  [
    "an opening to 203.0.113.0",
    { isolation: { egress: [{ cidr: "203.0.113.0" }] } },
    ["isolation.egress[0].cidr: cidr-invalid"],
  ],
  [
    "an opening to 203.0.113.0/33",
    { isolation: { egress: [{ cidr: "203.0.113.0/33" }] } },
    ["isolation.egress[0].cidr: cidr-invalid"],
  ],
  [
    "an opening to example.org/24",
    { isolation: { egress: [{ cidr: "example.org/24" }] } },
    ["isolation.egress[0].cidr: cidr-invalid"],
  ],
  [
    "an opening to 2001:db8::/129",
    { isolation: { egress: [{ cidr: "2001:db8::/129" }] } },
    ["isolation.egress[0].cidr: cidr-invalid"],
  ],
  [
    "an opening to what is not a namespace",
    { isolation: { ingress: [{ namespace: "*" }] } },
    ["isolation.ingress[0].namespace: namespace-invalid"],
  ],
  [
    "ports that are none",
    { isolation: { egress: [{ namespace: "a", ports: [0, 65536, "90-80", "53/icmp", "https"] }] } },
    [
      "isolation.egress[0].ports: port-invalid",
      "isolation.egress[0].ports: port-invalid",
      "isolation.egress[0].ports: port-invalid",
      "isolation.egress[0].ports: port-invalid",
      "isolation.egress[0].ports: port-invalid",
    ],
  ],
  [
    "copies by sync.toHost.networkPolicies, which would lift the bounds",
    { sync: { toHost: { networkPolicies: true } } },
    ["sync.toHost.networkPolicies: sync-breaks-isolation"],
  ],
  [
    "copies by sync.toHost.persistentVolumes, which would lift the bounds",
    { sync: { toHost: { persistentVolumes: true } } },
    ["sync.toHost.persistentVolumes: sync-breaks-isolation"],
  ],
  [
    "copies by sync.toHost.priorityClasses, which would lift the bounds",
    { sync: { toHost: { priorityClasses: true } } },
    ["sync.toHost.priorityClasses: sync-breaks-isolation"],
  ],
  [
    "copies by sync.fromHost.priorityClasses, which would lift the bounds",
    { sync: { fromHost: { priorityClasses: true } } },
    ["sync.fromHost.priorityClasses: sync-breaks-isolation"],
  ],
  [
    "copies by sync.toHost.storageClasses, which belong to the whole host",
    { sync: { toHost: { storageClasses: true } } },
    ["sync.toHost.storageClasses: sync-breaks-isolation"],
  ],
  [
    "copies by sync.toHost.volumeSnapshotContents, which belong to the whole host",
    { sync: { toHost: { volumeSnapshots: true, volumeSnapshotContents: true } } },
    ["sync.toHost.volumeSnapshotContents: sync-breaks-isolation"],
  ],
  [
    "entries of isolation.allow that cannot be",
    {
      isolation: {
        allow: {
          kinds: ["Certificate"],
          volumes: ["emptyDir/x"],
          csiDrivers: ["A"],
          annotations: ["a b", "a/b/c", "a/*", "*"],
          labels: ["/a"],
          priorityClasses: [""],
          runtimeClasses: ["K ata"],
          ingressClasses: ["*"],
          storageClasses: ["fast\n", ""],
          secretTypes: ["a/b/c"],
          externalNames: ["https://a"],
          externalAddresses: ["192.0.2.1"],
          loadBalancerClasses: ["a b"],
          endpoints: ["10.0.0.0/33"],
        },
        objectLimits: { servicePorts: 0, dataBytes: -1 },
      },
    },
    [
      "isolation.allow.kinds[0]: allowed-item-invalid",
      "isolation.allow.volumes[0]: allowed-item-invalid",
      "isolation.allow.csiDrivers[0]: allowed-item-invalid",
      "isolation.allow.annotations[0]: allowed-item-invalid",
      "isolation.allow.annotations[1]: allowed-item-invalid",
      "isolation.allow.labels[0]: allowed-item-invalid",
      "isolation.allow.priorityClasses[0]: allowed-item-invalid",
      "isolation.allow.runtimeClasses[0]: allowed-item-invalid",
      "isolation.allow.ingressClasses[0]: allowed-item-invalid",
      "isolation.allow.storageClasses[0]: allowed-item-invalid",
      "isolation.allow.secretTypes[0]: allowed-item-invalid",
      "isolation.allow.externalNames[0]: allowed-item-invalid",
      "isolation.allow.externalAddresses[0]: allowed-item-invalid",
      "isolation.allow.loadBalancerClasses[0]: allowed-item-invalid",
      "isolation.allow.endpoints[0]: allowed-item-invalid",
      "isolation.objectLimits.servicePorts: object-limit-invalid",
      "isolation.objectLimits.dataBytes: object-limit-invalid",
    ],
  ],
  [
    "classes of pods that the host would refuse",
    { values: { sync: { toHost: { pods: { priorityClassName: "high", runtimeClassName: "kata" } } } } },
    [
      "values.sync.toHost.pods.priorityClassName: class-not-allowed",
      "values.sync.toHost.pods.runtimeClassName: class-not-allowed",
    ],
  ],
  [
    "ports that are no list",
    { isolation: { egress: [{ namespace: "a", ports: 443 }] } },
    ["isolation.egress[0].ports: wrong-type"],
  ],
  [
    "a host of an Ingress with a scheme",
    { isolation: { ingressHosts: ["*.example.org", "https://example.org"] } },
    ["isolation.ingressHosts[1]: ingress-host-invalid"],
  ],
];
