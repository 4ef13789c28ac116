import { ATTACKS, plainPod, type Scene } from "./fixture";

/** What a request is about: the object as the syncer would write it, and where. */
export interface HostObject {
  /** Path of the API, up to the namespace. */
  readonly api: string;
  /** As it stands in paths. */
  readonly resource: string;
  readonly object: { metadata: Metadata } & Record<string, unknown>;
}

interface Metadata {
  name: string;
  namespace: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: object[];
}

type Change = (object: HostObject["object"], scene: Scene) => void;

/** Objects of the host as vCluster makes them, which are allowed as they are. */
export const ordinary: Readonly<Record<string, (scene: Scene) => HostObject>> = {
  pod: (scene) => {
    const made = plainPod("x", ATTACKS).spec;
    made.priorityClassName = `${scene.a.release}-workloads`;
    return of(scene, "/api/v1", "pods", "v1", "Pod", { spec: made });
  },
  service: (scene) =>
    of(scene, "/api/v1", "services", "v1", "Service", { spec: { type: "ClusterIP", ports: [{ port: 80 }] } }),
  endpoints: (scene) => of(scene, "/api/v1", "endpoints", "v1", "Endpoints", {}),
  endpointSlice: (scene) =>
    of(scene, "/apis/discovery.k8s.io/v1", "endpointslices", "discovery.k8s.io/v1", "EndpointSlice", {
      addressType: "IPv4",
      endpoints: [],
      ports: [{ port: 8080 }],
    }),
  claim: (scene) =>
    of(scene, "/api/v1", "persistentvolumeclaims", "v1", "PersistentVolumeClaim", {
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "local-path",
        resources: { requests: { storage: "1Mi" } },
      },
    }),
  secret: (scene) => of(scene, "/api/v1", "secrets", "v1", "Secret", { type: "Opaque" }),
  configMap: (scene) => of(scene, "/api/v1", "configmaps", "v1", "ConfigMap", { data: { a: "b" } }),
  budget: (scene) =>
    of(scene, "/apis/policy/v1", "poddisruptionbudgets", "policy/v1", "PodDisruptionBudget", {
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: "nothing" } } },
    }),
  account: (scene) => of(scene, "/api/v1", "serviceaccounts", "v1", "ServiceAccount", {}),
  ingress: (scene) => {
    const backend = { service: { name: scene.parties.atka.onHost("target"), port: { number: 80 } } };
    const path = { path: "/", pathType: "ImplementationSpecific", backend };
    return of(scene, "/apis/networking.k8s.io/v1", "ingresses", "networking.k8s.io/v1", "Ingress", {
      spec: { ingressClassName: "nginx", rules: [{ host: ownHost(scene), http: { paths: [path] } }] },
    });
  },
};

export const ownHost = ({ a }: Scene) => `x.${a.namespace}.cnoe.localtest.me`;
const foreignHost = ({ b }: Scene) => `shop.${b.namespace}.cnoe.localtest.me`;

function of(scene: Scene, api: string, resource: string, apiVersion: string, kind: string, rest: object): HostObject {
  const metadata = {
    name: scene.parties.atka.onHost("made"),
    namespace: scene.a.namespace,
    annotations: { "vcluster.loft.sh/object-name": "made" },
    labels: { "vcluster.loft.sh/managed-by": scene.a.release },
  };
  return { api, resource, object: { apiVersion, kind, metadata, ...rest } };
}

const spec =
  (values: object | ((scene: Scene) => object)): Change =>
  (object, scene) => {
    object["spec"] = { ...(object["spec"] as object), ...(typeof values === "function" ? values(scene) : values) };
  };
const set =
  (values: object | ((scene: Scene) => object)): Change =>
  (object, scene) => {
    Object.assign(object, typeof values === "function" ? values(scene) : values);
  };
const annotation =
  (key: string, value = "x"): Change =>
  ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [key]: value };
  };
const labels =
  (values: (scene: Scene) => Record<string, string>): Change =>
  ({ metadata }, scene) => {
    metadata.labels = { ...metadata.labels, ...values(scene) };
  };
const label = (key: string) => labels(() => ({ [key]: "true" }));
const finalizer: Change = ({ metadata }) => {
  metadata.finalizers = ["example.org/never"];
};
const volume = (source: object) => spec({ volumes: [{ name: "v", ...source }] });
const container =
  (values: object): Change =>
  (object) => {
    const { containers = [] } = object["spec"] as { containers?: object[] };
    Object.assign(containers[0] ?? {}, values);
  };
const elsewhere = { path: "/", port: 80, host: "169.254.169.254" };
const ports = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `p${index}`, port: index + 1 }));
const rule = (host: (scene: Scene) => string, path = "/"): Change =>
  spec((scene) => {
    const { object } = ordinary["ingress"]?.(scene) ?? {};
    const [first] = (object?.["spec"] as { rules: { http: { paths: object[] } }[] }).rules;
    return { rules: [{ host: host(scene), http: { paths: [{ ...first?.http.paths[0], path }] } }] };
  });
const subsets = (key: string): Change =>
  set((scene) => ({ subsets: [{ [key]: [{ ip: scene.parties.atkb.pod }], ports: [{ port: 8080 }] }] }));

/** What the syncer's account must not make in its own namespace: a change that makes it of an ordinary object. */
export const creations: Readonly<Record<string, readonly [kind: keyof typeof ordinary, change: Change]>> = {
  "make a pod with a volume by NFS": ["pod", volume({ nfs: { server: "10.99.0.7", path: "/" } })],
  "make a pod with a volume by iSCSI": [
    "pod",
    volume({ iscsi: { targetPortal: "10.99.0.7", iqn: "iqn.2001-04.com.example:a", lun: 0 } }),
  ],
  "make a pod with a volume by CephFS": ["pod", volume({ cephfs: { monitors: ["10.99.0.7:6789"] } })],
  "make a pod with a volume by an inline CSI driver": ["pod", volume({ csi: { driver: "csi.cert-manager.io" } })],
  "make a pod with somebody's disk of AWS": ["pod", volume({ awsElasticBlockStore: { volumeID: "vol-0123456789" } })],
  "make a pod with somebody's disk of Google": ["pod", volume({ gcePersistentDisk: { pdName: "database" } })],
  "make a pod with somebody's share of Azure": [
    "pod",
    volume({ azureFile: { secretName: "a", shareName: "database" } }),
  ],
  "make a pod that displaces those of the whole host": ["pod", spec({ priorityClassName: "system-node-critical" })],
  "make a pod of the control plane's priority class": ["pod", spec(({ a }) => ({ priorityClassName: a.release }))],
  "make a pod without a priority class": ["pod", spec({ priorityClassName: undefined })],
  "make a pod that takes a day to end": ["pod", spec({ terminationGracePeriodSeconds: 86_400 })],
  "make a pod whose probe asks another address from the node": [
    "pod",
    container({ livenessProbe: { httpGet: elsewhere } }),
  ],
  "make a pod whose hook asks another address from the node": [
    "pod",
    container({ lifecycle: { postStart: { httpGet: elsewhere } } }),
  ],
  "make a pod with the labels of a control plane": [
    "pod",
    labels(({ a }) => ({ app: "vcluster", release: a.release })),
  ],
  "make a pod with the label of the other environment": [
    "pod",
    labels(({ b }) => ({ "vcluster.loft.sh/managed-by": b.release })),
  ],
  "make a pod with its token in an annotation": ["pod", annotation("vcluster.loft.sh/token-a1b2c3d4")],
  "make a pod whose claim the host makes": [
    "pod",
    volume({
      ephemeral: {
        volumeClaimTemplate: {
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Mi" } },
            volumeName: "of-another",
          },
        },
      },
    }),
  ],
  "make a pod that keeps all others from its nodes": [
    "pod",
    spec({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "kubernetes.io/os", namespaceSelector: {}, labelSelector: {} },
          ],
        },
      },
    }),
  ],
  "make a pod that ends the node, by an annotation of the container runtime": [
    "pod",
    annotation("org.systemd.property.SuccessAction", "'poweroff-force'"),
  ],
  "make a pod with a device of the node, by an annotation of the container runtime": [
    "pod",
    annotation("io.kubernetes.cri-o.Devices", "/dev/fuse"),
  ],
  "make a pod in a second network, by an annotation": ["pod", annotation("k8s.v1.cni.cncf.io/networks", "host")],
  "make a pod that is given a role of Vault, by an annotation": ["pod", annotation("vault.hashicorp.com/role")],
  "make a pod that a mesh of the host changes, by a label": ["pod", label("sidecar.istio.io/inject")],
  "make a pod that nobody may delete": ["pod", finalizer],
  "make a service with an external name": [
    "service",
    spec(({ parties: { atkb } }) => ({
      type: "ExternalName",
      externalName: `${atkb.onHost("target")}.${atkb.hostNamespace}.svc.cluster.local`,
    })),
  ],
  "make a service with an address of others": ["service", spec({ externalIPs: ["10.99.0.7"] })],
  "make a service that chooses the address of its load balancer": [
    "service",
    spec({ type: "LoadBalancer", loadBalancerIP: "203.0.113.9" }),
  ],
  "make a service that chooses its load balancer": [
    "service",
    spec({ type: "LoadBalancer", loadBalancerClass: "example.org/internal" }),
  ],
  "make a service with a port on every node": ["service", spec({ type: "NodePort" })],
  "make a service with 200 ports": ["service", spec({ ports: ports(200) })],
  "make a service with a DNS name of others, by an annotation": [
    "service",
    annotation("external-dns.alpha.kubernetes.io/hostname", "argocd.example.org"),
  ],
  "make a service that shares an address, by an annotation": ["service", annotation("metallb.io/allow-shared-ip")],
  "make a service that configures HAProxy, by an annotation": ["service", annotation("backend-config-snippet")],
  "make endpoints at the other environment's pod": ["endpoints", subsets("addresses")],
  "make endpoints at the other environment's pod that are not ready": ["endpoints", subsets("notReadyAddresses")],
  "make an endpoint slice at the other environment's pod": [
    "endpointSlice",
    set(({ parties }) => ({ endpoints: [{ addresses: [parties.atkb.pod] }] })),
  ],
  "make an endpoint slice with a name for an address": [
    "endpointSlice",
    set({ addressType: "FQDN", endpoints: [{ addresses: ["metadata.example.org"] }] }),
  ],
  "make an ingress for the other environment's host": ["ingress", rule(foreignHost)],
  "make an ingress with a certificate for the other environment's host": [
    "ingress",
    spec((scene) => ({ tls: [{ hosts: [foreignHost(scene)], secretName: "x" }] })),
  ],
  "make an ingress for everything else": [
    "ingress",
    spec({ defaultBackend: { service: { name: "x", port: { number: 80 } } } }),
  ],
  "make an ingress to a bucket": [
    "ingress",
    spec((scene) => ({
      rules: [
        {
          host: ownHost(scene),
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { resource: { apiGroup: "example.org", kind: "Bucket", name: "a" } },
              },
            ],
          },
        },
      ],
    })),
  ],
  "make an ingress of another class": ["ingress", spec({ ingressClassName: "internal" })],
  "make an ingress of another class, by an annotation": [
    "ingress",
    (object) => {
      delete (object["spec"] as { ingressClassName?: string }).ingressClassName;
      annotation("kubernetes.io/ingress.class", "internal")(object, undefined as never);
    },
  ],
  "make an ingress with a matcher in its path": ["ingress", rule(ownHost, '/") || Host("argocd.example.org')],
  "make an ingress with a matcher, by an annotation of Traefik": [
    "ingress",
    annotation("traefik.ingress.kubernetes.io/router.pathmatcher", 'Host("argocd.example.org") || PathPrefix'),
  ],
  "make an ingress with a middleware of others, by an annotation of Traefik": [
    "ingress",
    annotation("traefik.ingress.kubernetes.io/router.middlewares", "default-auth@kubernetescrd"),
  ],
  "make an ingress with an alias, by an annotation of nginx": [
    "ingress",
    annotation("nginx.ingress.kubernetes.io/server-alias", "argocd.example.org"),
  ],
  "make an ingress with configuration, by an annotation of nginx": [
    "ingress",
    annotation("nginx.ingress.kubernetes.io/configuration-snippet", "return 200;"),
  ],
  "make an ingress with configuration in a value, by an annotation of nginx": [
    "ingress",
    annotation("nginx.ingress.kubernetes.io/rewrite-target", "/;}\nserver { listen 81; #"),
  ],
  "make an ingress with a comment in a value, by an annotation of HAProxy": [
    "ingress",
    annotation("haproxy.org/path-rewrite", "(.*) /stolen#"),
  ],
  "make an ingress with configuration, by an annotation of HAProxy": [
    "ingress",
    annotation("haproxy.org/backend-config-snippet"),
  ],
  "make an ingress with configuration, by an annotation without a domain": [
    "ingress",
    annotation("backend-config-snippet"),
  ],
  "make an ingress with the Secret of others, by an annotation of HAProxy": [
    "ingress",
    annotation("haproxy.org/auth-secret", "argocd/argocd-secret"),
  ],
  "make an ingress with the Secret of others, by an annotation of nginx": [
    "ingress",
    annotation("nginx.ingress.kubernetes.io/auth-secret", "argocd/argocd-secret"),
  ],
  "make an ingress with a certificate for a name of others, by an annotation": [
    "ingress",
    annotation("cert-manager.io/common-name", "argocd.example.org"),
  ],
  "make an ingress with a DNS name of others, by an annotation": [
    "ingress",
    annotation("external-dns.alpha.kubernetes.io/hostname", "argocd.example.org"),
  ],
  "make an ingress in the load balancer of others, by an annotation": [
    "ingress",
    annotation("alb.ingress.kubernetes.io/group.name", "argocd"),
  ],
  "claim a volume of the host by its name": ["claim", spec({ volumeName: "of-another" })],
  "claim any volume of the host without a class": ["claim", spec({ storageClassName: "" })],
  "claim a volume of the host by its labels": ["claim", spec({ selector: { matchLabels: { app: "database" } } })],
  "claim a copy of the control plane's volume": [
    "claim",
    spec(({ a }) => ({ dataSource: { kind: "PersistentVolumeClaim", name: `data-${a.release}-0` } })),
  ],
  "claim a volume by names of the host": ["claim", annotation("vcluster.loft.sh/skip-translate", "true")],
  "make a Secret with a token of the host": [
    "secret",
    (object, { a }) => {
      object["type"] = "kubernetes.io/service-account-token";
      annotation("kubernetes.io/service-account.name", `vc-${a.release}`)(object, undefined as never);
    },
  ],
  "make a Secret that registers a cluster with Argo CD": ["secret", label("argocd.argoproj.io/secret-type")],
  "make a Secret that Helm takes for its record of the control plane": [
    "secret",
    labels(({ a }) => ({ owner: "helm", name: a.release, status: "deployed", version: "9999" })),
  ],
  "make a ConfigMap that Helm takes for its record of the control plane": [
    "configMap",
    labels(({ a }) => ({ owner: "helm", name: a.release, status: "deployed", version: "9999" })),
  ],
  "make a Secret that is copied everywhere, by an annotation": [
    "secret",
    annotation("reflector.v1.k8s.emberstack.com/reflection-auto-enabled", "true"),
  ],
  "make a ConfigMap that cannot be deleted, by the finalizer of claims": [
    "configMap",
    ({ metadata }) => {
      metadata.finalizers = ["kubernetes.io/pvc-protection"];
    },
  ],
  "make a ConfigMap that belongs to a node": [
    "configMap",
    ({ metadata }) => {
      const uid = "00000000-0000-0000-0000-000000000000";
      metadata.ownerReferences = [{ apiVersion: "v1", kind: "Node", name: "a", uid }];
    },
  ],
  // Where the Service is deleted in the foreground (`--cascade=foreground`).
  "make a ConfigMap that its owner's deletion waits for": [
    "configMap",
    ({ metadata }, { a, ownerUid: uid }) => {
      metadata.ownerReferences = [
        { apiVersion: "v1", kind: "Service", name: a.release, uid, blockOwnerDeletion: true },
      ];
    },
  ],
  "make a service that Argo CD takes for an application's, by an annotation": [
    "service",
    (object, { a }) => {
      const { name } = object.metadata;
      annotation("argocd.argoproj.io/tracking-id", `shop:/Service:${a.namespace}/${name}`)(object, undefined as never);
    },
  ],
  "make a service that Argo CD takes for an application's, by a label": [
    "service",
    labels(() => ({ "app.kubernetes.io/instance": "shop" })),
  ],
  "make a disruption budget for every pod of the namespace": ["budget", spec({ selector: {} })],
  "make a disruption budget for its own control plane": [
    "budget",
    spec({ selector: { matchLabels: { app: "vcluster" } } }),
  ],
  "make a ConfigMap of 700 KiB": ["configMap", set({ data: { a: "x".repeat(700 * 1024) } })],
  "make a ConfigMap for the host's Grafana, by a label": ["configMap", label("grafana_datasource")],
  "make an account with a token for an audience of its choice, by an annotation": [
    "account",
    annotation("eks.amazonaws.com/audience", "https://kubernetes.default.svc"),
  ],
};

/** An object of the host that is there, what is changed of it, and by which subresource. */
export interface Patch {
  readonly resource: string;
  /** Its name inside. */
  readonly name: string;
  readonly subresource?: string;
  readonly body: (scene: Scene) => object;
}

const target = (resource: string, body: Patch["body"] | object, subresource?: string): Patch => ({
  resource,
  name: "target",
  body: typeof body === "function" ? (body as Patch["body"]) : () => body,
  ...(subresource !== undefined && { subresource }),
});
const annotated = (key: string, value = "x") => ({ metadata: { annotations: { [key]: value } } });

/** What the syncer's account must not change in its own namespace. */
export const patches: Readonly<Record<string, Patch>> = {
  "give a pod the address of another, by its status": target(
    "pods",
    ({ parties: { atkb } }) => ({ status: { podIP: atkb.pod, podIPs: [{ ip: atkb.pod }] } }),
    "status",
  ),
  "give a pod the labels of a control plane": target("pods", ({ a }) => ({
    metadata: { labels: { app: "vcluster", release: a.release } },
  })),
  "give a pod the labels of a control plane, by its status": target(
    "pods",
    ({ a }) => ({ metadata: { labels: { app: "vcluster", release: a.release } } }),
    "status",
  ),
  "take from a pod the label of its environment": target("pods", {
    metadata: { labels: { "vcluster.loft.sh/managed-by": null } },
  }),
  "give a pod an annotation of a mesh": target("pods", annotated("sidecar.istio.io/inject", "true")),
  "give a pod an annotation of a mesh, by its status": target(
    "pods",
    annotated("sidecar.istio.io/inject", "true"),
    "status",
  ),
  "give a pod a token in an annotation, by its status": target("pods", annotated("vcluster.loft.sh/token-x"), "status"),
  "keep a pod by a finalizer": target("pods", { metadata: { finalizers: ["example.org/never"] } }),
  "give a service an address of others": target("services", { spec: { externalIPs: ["10.99.0.7"] } }),
  "give a service an external name": target("services", {
    spec: { type: "ExternalName", externalName: "localhost", clusterIP: null, clusterIPs: null },
  }),
  "give a service a port on every node": target("services", { spec: { type: "NodePort" } }),
  "give a service a DNS name of others": target(
    "services",
    annotated("external-dns.alpha.kubernetes.io/hostname", "argocd.example.org"),
  ),
  "keep a pod by the finalizer of claims": target("pods", {
    metadata: { finalizers: ["kubernetes.io/pvc-protection"] },
  }),
  "keep a service by a finalizer": target("services", { metadata: { finalizers: ["example.org/never"] } }),
  "give an account an audience of its choice": {
    resource: "serviceaccounts",
    name: "default",
    body: () => annotated("eks.amazonaws.com/audience", "https://kubernetes.default.svc"),
  },
  "bring a ConfigMap into the host's Grafana": {
    resource: "configmaps",
    name: "kube-root-ca.crt",
    body: () => ({ metadata: { labels: { grafana_dashboard: "1" } } }),
  },
  "make a Secret of 700 KiB of a pod's token": {
    resource: "secrets",
    name: "target-sa-token",
    body: () => ({ stringData: { a: "x".repeat(700 * 1024) } }),
  },
};

/** The object of a creation, changed. */
export function changed(title: string, scene: Scene): HostObject {
  const [kind, change] = creations[title] ?? [];
  const made = kind === undefined ? undefined : ordinary[kind]?.(scene);
  if (made === undefined || change === undefined) throw new Error(`no creation ${title}`);
  const object = structuredClone(made.object);
  change(object, scene);
  return { ...made, object };
}
