import { gunzipSync, gzipSync } from "node:zlib";

import type { V1Pod, V1Secret } from "@kubernetes/client-node";
import { dump, load } from "js-yaml";

import { reissue } from "../../cli/reissue-certificates";
import { encodeRelease } from "../../host/helm-records";
import { base64, fromBase64 } from "../../shared/base64";
import type { JsonObject } from "../../shared/json";
import { type Cluster, reference } from "../../testing/cluster";
import { put } from "./doctor-faults";
import { token } from "./doctor-snapshot";
import type { Environment } from "./environments";
import { container, SLEEPING } from "./workloads/manifests";
import { podSecurityContext } from "./workloads";

/** The environment that is broken, and its host. */
export interface World {
  readonly host: Cluster;
  /** The environment `dev`, whose `cluster` is what is inside. */
  readonly env: Environment;
  /** Runs a script of bash as a person at the checkout does; it must succeed. */
  readonly shell: (script: string, timeoutMs?: number) => Promise<string>;
}

/** A fault as the world makes it, by kubectl where that can. */
export interface Injection {
  /** What the doctor has to say, and nothing else of that severity. */
  readonly code: string;
  readonly name: string;
  readonly inject: string | ((world: World) => Promise<unknown>);
  /** What nobody can undo by a printed command, because it was the test that made it. */
  readonly undo?: string;
  /** Where the printed command only tells more, and a person decides: what that person does. */
  readonly decides?: string;
}

const NS = "dev-vcluster";
const RELEASE = "vcluster-dev-helm";
const SET = `statefulset/${RELEASE}`;
const ROUTE = "dev-vcluster-ingress";
const HOST = "dev-vcluster.cnoe.localtest.me";
const CLUSTER = "dev-vcluster";
/** Name of a record of Helm with a higher number than any that is there. */
const RECORD = `sh.helm.release.v1.${RELEASE}.v99`;
const k = `kubectl -n ${NS}`;
/** Pods of a StatefulSet whose update hangs are not replaced by themselves. */
const replacePod = `${k} delete pod ${RELEASE}-0 --wait=false`;

const patch = (target: string, body: object, type = "merge", where = k) =>
  `${where} patch ${target} --type ${type} -p '${JSON.stringify(body)}'`;
const template = (spec: object) => patch(SET, { spec: { template: { spec } } }, "strategic");
const syncer = (more: object) => template({ containers: [{ name: "syncer", ...more }] });
const DAY_MS = 86_400_000;

export const INJECTIONS: readonly Injection[] = [
  {
    code: "host-dns-down",
    name: "CoreDNS of the host scaled to 0",
    inject: "kubectl -n kube-system scale deployment/coredns --replicas=0",
  },
  { code: "host-node-cordoned", name: "node cordoned", inject: "kubectl cordon local" },
  {
    code: "finalizer-stuck",
    name: "Service with a finalizer of nobody deleted",
    inject:
      `${k} create service clusterip stuck --tcp=80 && ` +
      `${patch("service/stuck", { metadata: { finalizers: ["example.org/never"] } })} && ${k} delete service stuck --wait=false`,
  },
  {
    code: "namespace-unmarked",
    name: "marks of the owner removed",
    inject: `kubectl annotate namespace ${NS} vcluster-environments/stack- vcluster-environments/identity-`,
  },
  {
    code: "source-namespace-missing",
    name: "mapped namespace of the host deleted",
    inject: "kubectl delete namespace shared-config",
  },
  {
    code: "syncer-rights-missing",
    name: "the syncer's RoleBinding in a mapped namespace deleted",
    inject: `kubectl -n shared delete rolebinding ${RELEASE}`,
  },
  {
    code: "syncer-rights-missing",
    name: "the syncer's ClusterRoleBinding deleted",
    inject: `kubectl delete clusterrolebinding vc-${RELEASE}-v-${NS}`,
  },
  {
    code: "mapping-invalid",
    name: "mapping without a slash",
    inject: (world) =>
      withValues(world, (values) => {
        put(values, "sync.fromHost.secrets.mappings.byName", { shared: "config/*" });
      }),
  },
  {
    code: "mapping-target-shared",
    name: "two mappings with one target",
    inject: (world) =>
      withValues(world, (values) => {
        put(values, "sync.fromHost.secrets.mappings.byName", { "backstage/x": "config/app", "nextjs/y": "config/app" });
      }),
  },
  {
    code: "scheduler-without-nodes",
    name: "node sync off, virtual scheduler on",
    inject: (world) =>
      withValues(world, (values) => {
        put(values, "sync.fromHost.nodes.enabled", false);
      }),
  },
  {
    code: "certificate-incluster-name-missing",
    name: "names missing in the certificate",
    inject: (world) =>
      withValues(world, (values) => {
        put(values, "controlPlane.proxy.extraSANs", [HOST]);
      }),
  },
  { code: "control-plane-missing", name: "StatefulSet deleted", inject: `${k} delete ${SET}` },
  { code: "control-plane-scaled-down", name: "scaled to 0", inject: `${k} scale ${SET} --replicas=0` },
  {
    code: "control-plane-paused",
    name: "annotation and replicas as vcluster pause sets them",
    inject: `${k} annotate ${SET} loft.sh/paused=true && ${k} scale ${SET} --replicas=0`,
    decides: `${k} annotate ${SET} loft.sh/paused- && ${k} scale ${SET} --replicas=1`,
  },
  {
    code: "control-plane-unschedulable",
    name: "node selector that no node has",
    inject: `${template({ nodeSelector: { disk: "none" } })} && ${replacePod}`,
  },
  {
    code: "control-plane-image-missing",
    name: "image missing",
    inject: `${syncer({ image: "ghcr.io/loft-sh/vcluster-oss:0.0.0" })} && ${replacePod}`,
  },
  {
    code: "control-plane-out-of-memory",
    name: "memory limit too low",
    inject: `${syncer({ resources: { limits: { memory: "48Mi" }, requests: { memory: "48Mi" } } })} && ${replacePod}`,
  },
  {
    code: "control-plane-crashing",
    name: "wrong command",
    inject: `${syncer({ command: ["/vcluster", "nonsense"] })} && ${replacePod}`,
  },
  {
    code: "control-plane-mount-failed",
    name: "Secret of a volume missing",
    inject: `${template({ volumes: [{ name: "vcluster-config", secret: { secretName: "nobody" } }] })} && ${replacePod}`,
  },
  {
    code: "control-plane-refused",
    name: "its ServiceAccount deleted",
    inject: `${k} delete serviceaccount vc-${RELEASE} && ${k} delete pod ${RELEASE}-0`,
  },
  {
    code: "control-plane-refused",
    name: "a quota of others that allows no pod",
    inject: `${k} create quota other --hard=pods=0 && ${k} delete pod ${RELEASE}-0`,
  },
  {
    code: "control-plane-certificates-missing",
    name: "Secret with the certificates deleted",
    inject: `${k} delete secret ${RELEASE}-certs`,
  },
  { code: "service-missing", name: "Service deleted", inject: `${k} delete service ${RELEASE}` },
  {
    code: "service-port-wrong",
    name: "another target port",
    inject: patch(`service/${RELEASE}`, [{ op: "replace", path: "/spec/ports/0/targetPort", value: 9999 }], "json"),
  },
  {
    code: "service-without-pods",
    name: "another selector",
    inject: patch(`service/${RELEASE}`, { spec: { selector: { app: "nobody" } } }),
  },
  {
    code: "helm-record-foreign",
    name: "Secret with the labels of Helm's newest record",
    inject: (world) =>
      helmRecord(world, `${RECORD}-x-default-x-${RELEASE}`, encodeRelease({ version: 99, info: { status: "failed" } })),
  },
  {
    code: "helm-record-unreadable",
    name: "record that is no release",
    inject: (world) => helmRecord(world, RECORD, base64("damaged")),
  },
  { code: "release-pending", name: "killed upgrade", inject: (world) => releaseStatus(world, "pending-upgrade") },
  { code: "release-failed", name: "failed upgrade", inject: (world) => releaseStatus(world, "failed") },
  {
    code: "release-drift",
    name: "field of a Service changed",
    inject: patch(`service/${RELEASE}-headless`, { spec: { publishNotReadyAddresses: false } }),
  },
  {
    code: "release-object-immutable",
    name: "StatefulSet made again with another serviceName",
    inject: `${k} get ${SET} -o json | jq '.spec.serviceName = "other"' | ${k} replace --force --cascade=orphan -f -`,
  },
  {
    code: "host-refused-object",
    name: "Ingress for the API's host of staging",
    inject: ({ env }) =>
      env.cluster.apply({
        ...reference("networking.k8s.io/v1", "Ingress", "theirs", "default"),
        spec: {
          ingressClassName: "nginx",
          rules: [
            {
              host: "staging-vcluster.cnoe.localtest.me",
              http: {
                paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "x", port: { number: 80 } } } }],
              },
            },
          ],
        },
      }),
  },
  {
    code: "node-selector-unmatched",
    name: "pod with a selector that no node has",
    inject: ({ env }) => env.cluster.apply(pod("picky", { nodeSelector: { "example.org/disk": "fast" } })),
    undo: "kubectl label node local example.org/disk-",
  },
  {
    code: "pod-unschedulable",
    name: "pod with more CPU than a node has",
    inject: ({ env }) => env.cluster.apply(pod("large", {}, { cpu: "7" })),
  },
  {
    code: "inside-dns-down",
    name: "CoreDNS inside scaled to 0",
    inject: ({ env }) =>
      env.cluster.merge(reference("apps/v1", "Deployment", "coredns", "kube-system"), { spec: { replicas: 0 } }),
  },
  {
    code: "inside-dns-down",
    name: "CoreDNS inside deleted",
    inject: ({ env }) => env.cluster.remove(reference("apps/v1", "Deployment", "coredns", "kube-system")),
  },
  {
    code: "ingress-controller-down",
    name: "controller's pods without a node",
    inject: patch(
      "daemonset/traefik",
      { spec: { template: { spec: { nodeSelector: { disk: "none" } } } } },
      "merge",
      "kubectl -n ingress-nginx",
    ),
  },
  { code: "ingress-class-missing", name: "IngressClass deleted", inject: "kubectl delete ingressclass nginx" },
  { code: "ingress-route-missing", name: "Ingress deleted", inject: `${k} delete ingress ${ROUTE}` },
  {
    code: "ingress-host-wrong",
    name: "another host",
    inject: patch(
      `ingress/${ROUTE}`,
      [{ op: "replace", path: "/spec/rules/0/host", value: "other.cnoe.localtest.me" }],
      "json",
    ),
  },
  {
    code: "ingress-passthrough-off",
    name: "annotation of passthrough removed",
    inject: `${k} annotate ingress ${ROUTE} nginx.ingress.kubernetes.io/ssl-passthrough-`,
  },
  {
    code: "ingress-backend-wrong",
    name: "wrong backend port",
    inject: patch(
      `ingress/${ROUTE}`,
      [{ op: "replace", path: "/spec/rules/0/http/paths/0/backend/service/port", value: { number: 8080 } }],
      "json",
    ),
  },
  {
    code: "hostname-in-use",
    name: "another Ingress with the API's host",
    inject: `kubectl -n default create ingress taken --class=nginx --rule='${HOST}/*=web:80'`,
  },
  {
    code: "api-host-unresolvable",
    name: "name without an address",
    inject: `cp /etc/hosts /etc/hosts.doctor && grep -v '${HOST}' /etc/hosts.doctor >/etc/hosts`,
    undo: "cat /etc/hosts.doctor >/etc/hosts && rm /etc/hosts.doctor",
  },
  {
    code: "ingress-port-closed",
    name: "name with an address where nothing listens",
    inject: `cp /etc/hosts /etc/hosts.doctor && { echo '127.0.0.66 ${HOST}'; grep -v '${HOST}' /etc/hosts.doctor; } >/etc/hosts`,
    decides: "cat /etc/hosts.doctor >/etc/hosts && rm /etc/hosts.doctor",
  },
  {
    code: "argocd-down",
    name: "application controller scaled to 0",
    inject: "kubectl -n argocd scale statefulset/argocd-application-controller --replicas=0",
  },
  {
    code: "argocd-down",
    name: "repository server scaled to 0",
    inject: "kubectl -n argocd scale deployment/argocd-repo-server --replicas=0",
  },
  {
    code: "argocd-cluster-missing",
    name: "cluster Secret deleted",
    inject: `kubectl -n argocd delete secret ${CLUSTER}`,
  },
  {
    code: "argocd-name-ambiguous",
    name: "another Secret with the cluster's name",
    inject:
      `kubectl -n argocd create secret generic e2e-namesake --from-literal=name=${CLUSTER} --from-literal=server=https://elsewhere && ` +
      "kubectl -n argocd label secret e2e-namesake argocd.argoproj.io/secret-type=cluster",
    undo: "kubectl -n argocd delete secret e2e-namesake",
  },
  {
    code: "argocd-label-missing",
    name: "label of the Secret removed",
    inject: `kubectl -n argocd label secret ${CLUSTER} argocd.argoproj.io/secret-type-`,
  },
  {
    code: "argocd-server-wrong",
    name: "another URL",
    inject: patch(`secret/${CLUSTER}`, { data: { server: base64("https://elsewhere") } }, "merge", "kubectl -n argocd"),
  },
  {
    code: "argocd-authority-wrong",
    name: "another CA certificate",
    inject: (world) =>
      clusterConfig(world, (config) => {
        put(config, "tlsClientConfig.caData", base64("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"));
      }),
  },
  {
    code: "argocd-token-missing",
    name: "empty token",
    inject: (world) =>
      clusterConfig(world, (config) => {
        put(config, "bearerToken", "");
      }),
  },
  {
    code: "argocd-token-expired",
    name: "token that ended yesterday",
    inject: (world) =>
      clusterConfig(world, (config) => {
        put(config, "bearerToken", token(new Date(Date.now() - DAY_MS)));
      }),
  },
  {
    code: "argocd-token-rejected",
    name: "Argo CD's account inside deleted",
    inject: async ({ env }) => env.cluster.remove(reference("v1", "ServiceAccount", await account(env), "kube-system")),
  },
  {
    code: "argocd-rights-missing",
    name: "binding of Argo CD's account inside deleted",
    inject: async ({ env }) =>
      env.cluster.remove(reference("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", await account(env))),
  },
  {
    code: "argocd-project-missing",
    name: "AppProject deleted",
    inject: `kubectl -n argocd delete appproject ${CLUSTER}`,
  },
  {
    code: "application-stuck",
    name: "Application with a finalizer of nobody deleted",
    inject: async ({ host }) => {
      const application = reference("argoproj.io/v1alpha1", "Application", "stuck", "argocd");
      await host.apply({
        ...application,
        metadata: { ...application.metadata, finalizers: ["example.org/never"] },
        spec: {
          project: "default",
          destination: { name: CLUSTER, namespace: "default" },
          source: { repoURL: "https://example.invalid/charts", chart: "x", targetRevision: "1.0.0" },
        },
      });
      await host.send("DELETE", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/stuck");
    },
  },
  { code: "quota-missing", name: "ResourceQuota deleted", inject: `${k} delete resourcequota ${RELEASE}-objects` },
  {
    code: "quota-full",
    name: "quota lowered to what is used",
    inject: `used=$(${k} get resourcequota ${RELEASE}-objects -o jsonpath='{.status.used.secrets}') && ${k} patch resourcequota ${RELEASE}-objects --type merge -p "{\\"spec\\":{\\"hard\\":{\\"secrets\\":\\"$used\\"}}}"`,
  },
  {
    code: "quota-changed",
    name: "quota raised",
    inject: patch(`resourcequota/${RELEASE}-objects`, { spec: { hard: { secrets: "9000" } } }),
  },
  { code: "limit-range-missing", name: "LimitRange deleted", inject: `${k} delete limitrange ${RELEASE}` },
  {
    code: "network-policy-missing",
    name: "NetworkPolicy of workloads deleted",
    inject: `${k} delete networkpolicy ${RELEASE}-workloads`,
  },
  {
    code: "network-policy-foreign",
    name: "NetworkPolicy that opens everything",
    inject: `kubectl create -f - <<'E'\n${JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "open", namespace: NS },
      spec: { podSelector: {}, ingress: [{}], policyTypes: ["Ingress"] },
    })}\nE`,
  },
  {
    code: "network-policy-ingress-closed",
    name: "network policy too tight for the ingress controller",
    inject: patch(`networkpolicy/${RELEASE}-control-plane`, {
      spec: {
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "argocd" } } }],
            ports: [{ protocol: "TCP", port: 8443 }],
          },
        ],
      },
    }),
  },
  {
    code: "network-policy-argocd-closed",
    name: "network policy too tight for Argo CD",
    inject: patch(`networkpolicy/${RELEASE}-control-plane`, {
      spec: {
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }],
            ports: [{ protocol: "TCP", port: 8443 }],
          },
        ],
      },
    }),
  },
  {
    code: "network-policy-host-api-closed",
    name: "network policy too tight for the host's API",
    inject: patch(`networkpolicy/${RELEASE}-control-plane`, {
      spec: { egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }] },
    }),
  },
  {
    code: "admission-policy-missing",
    name: "binding of the admission policy deleted",
    inject: `kubectl delete validatingadmissionpolicybinding ${NS}-synced-objects`,
  },
  {
    code: "admission-policy-disabled",
    name: "admission policy only warns",
    inject: patch(
      `validatingadmissionpolicybinding/${NS}-synced-objects`,
      { spec: { validationActions: ["Warn"] } },
      "merge",
      "kubectl",
    ),
  },
  {
    code: "pod-security-changed",
    name: "pod security level lowered",
    inject: `kubectl label namespace ${NS} --overwrite pod-security.kubernetes.io/enforce=privileged`,
  },
  {
    code: "priority-class-missing",
    name: "PriorityClass of workloads deleted",
    inject: `kubectl delete priorityclass ${RELEASE}-workloads`,
  },
  { code: "certificate-expiring", name: "certificates end in 20 days", inject: (world) => certificates(world, 20) },
  { code: "certificate-expired", name: "certificates have ended", inject: (world) => certificates(world, -35) },
];

/** Changes the values that the control plane reads, and starts it with them. */
async function withValues({ host, env, shell }: World, change: (values: JsonObject) => void): Promise<void> {
  const secret = reference("v1", "Secret", `vc-config-${env.release}`, env.namespace);
  const found = await host.get<V1Secret>(secret);
  const values = load(fromBase64(found?.data?.["config.yaml"])) as JsonObject;
  change(values);
  await host.merge(secret, { data: { "config.yaml": base64(dump(values)) } } as object);
  await shell(replacePod);
}

/** Makes a Secret with the labels of a record of Helm. */
async function helmRecord({ host }: World, name: string, release: string): Promise<void> {
  const labels = { owner: "helm", name: RELEASE, status: "deployed", version: "99" };
  const secret = reference("v1", "Secret", name, NS);
  const metadata = { ...secret.metadata, labels };
  await host.apply<V1Secret>({ ...secret, metadata, type: "helm.sh/release.v1", data: { release } });
}

/** Changes the status of Helm's newest record, in its content and in its label. */
async function releaseStatus({ host, env }: World, status: string): Promise<void> {
  const selector = encodeURIComponent(`owner=helm,name=${env.release},status=deployed`);
  const { items } = await host.getJson<{ items: V1Secret[] }>(
    `/api/v1/namespaces/${env.namespace}/secrets?labelSelector=${selector}`,
  );
  const newest = items.sort(
    (a, b) => Number(b.metadata?.labels?.["version"]) - Number(a.metadata?.labels?.["version"]),
  )[0];
  const text = gunzipSync(Buffer.from(fromBase64(newest?.data?.["release"]), "base64")).toString();
  const record = JSON.parse(text) as { info: { status: string } };
  record.info.status = status;
  const release = base64(gzipSync(JSON.stringify(record)).toString("base64"));
  await host.merge(reference("v1", "Secret", newest?.metadata?.name ?? "", env.namespace), {
    metadata: { labels: { status } },
    data: { release },
  } as object);
}

/** Changes what Argo CD has of the cluster. */
async function clusterConfig({ host }: World, change: (config: JsonObject) => void): Promise<void> {
  const secret = reference("v1", "Secret", CLUSTER, "argocd");
  const config = JSON.parse(fromBase64((await host.get<V1Secret>(secret))?.data?.["config"])) as JsonObject;
  change(config);
  await host.merge(secret, { data: { config: base64(JSON.stringify(config)) } } as object);
}

/** Replaces the control plane's certificates by others of the same authority that end in so many days. */
async function certificates({ host, env }: World, daysLeft: number): Promise<void> {
  const secret = reference("v1", "Secret", env.certificates, env.namespace);
  const data = (await host.get<V1Secret>(secret))?.data ?? {};
  // They are valid for a year from the time that they are issued at.
  const issuedAt = new Date(Date.now() + (daysLeft - 365) * DAY_MS);
  await host.merge(secret, { data: await reissue(data, issuedAt) } as object);
}

/** Argo CD's account inside, which its binding is named after. */
async function account({ cluster }: Environment): Promise<string> {
  const { items } = await cluster.core.listNamespacedServiceAccount({ namespace: "kube-system" });
  return items.map(({ metadata }) => metadata?.name ?? "").find((name) => name.startsWith("argocd-manager")) ?? "";
}

/** A pod inside. */
function pod(name: string, spec: object, requests?: Record<string, string>): V1Pod & ReturnType<typeof reference> {
  const main = container(SLEEPING, requests && { resources: { requests } });
  const fields = { securityContext: podSecurityContext, terminationGracePeriodSeconds: 1, containers: [main] };
  return { ...reference("v1", "Pod", name, "default"), spec: { ...fields, ...spec } };
}
