import { CHART_VERSIONS } from "../../../shared/vcluster/versions";
import {
  application,
  clusterSecret,
  CONNECTION,
  ingress,
  namespace,
  object,
  otherIngress,
  put,
  release,
  tcpRoute,
  tlsRoute,
} from "../fixtures";
import type { TestResource } from "../harness";

/** A program that uses none of this project's components: standard resources and outputs. */
export interface Program {
  readonly resources: readonly TestResource[];
  readonly outputs?: Readonly<Record<string, string>>;
}

const { latest = "", endOfLife = "" } = CHART_VERSIONS.at(-1) ?? {};

/** The newest version of the chart that the pack knows. */
export const SUPPORTED_VERSION = latest;

/** A day on which that version still receives security fixes. */
export const SUPPORTED_DAY = endOfLife;

const IN_NAMESPACE = { metadata: { name: "environment", namespace: "dev-vcluster" } };

/** What the strict profile asks of the environment's namespace. */
const ISOLATION = [
  namespace("dev-vcluster", { "pod-security.kubernetes.io/enforce": "baseline" }),
  object("core/v1:ResourceQuota", { ...IN_NAMESPACE, spec: { hard: { pods: "20" } } }),
  object("core/v1:LimitRange", { ...IN_NAMESPACE, spec: { limits: [] } }),
  object("networking.k8s.io/v1:NetworkPolicy", {
    ...IN_NAMESPACE,
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  }),
];

function without(kind: string): readonly TestResource[] {
  return ISOLATION.filter(({ type }) => !type.endsWith(`:${kind}`));
}

/** Programs without a mistake, by both ways of delivery and all three kinds of routes. */
export const CLEAN: Readonly<Record<string, Program>> = {
  "a Helm release": {
    resources: [...ISOLATION, release(), ingress(), clusterSecret()],
    outputs: { apiUrl: "https://dev-vcluster.example.com" },
  },
  "an Application, with a TCP route": {
    resources: [...ISOLATION, application({}, { targetRevision: SUPPORTED_VERSION }), tcpRoute()],
  },
  "an Application, with a TLS route": {
    resources: [...ISOLATION, application({}, { targetRevision: SUPPORTED_VERSION }), tlsRoute()],
  },
};

const mapped = (byName: Record<string, string>) => ({
  "sync.fromHost.secrets.enabled": true,
  "sync|fromHost|secrets|mappings|byName": byName,
  "rbac.clusterRole.overwriteRules": [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
});

/** For each rule about the values of the chart, changes that break it. */
export const BROKEN_VALUES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "scheduler-needs-nodes": { "controlPlane.advanced.virtualScheduler.enabled": true },
  "mapping-syntax": mapped({ shared: "config" }),
  "mapping-sources": mapped({ "kube-system/*": "config/*" }),
  "mapping-targets": mapped({ "a/*": "config/*", "b/*": "config/*" }),
  "mapping-namespaces": mapped({ "shared/*": "config/*" }),
  "ingress-sync-needs-classes": { "sync.toHost.ingresses.enabled": true },
  "workload-identity": {
    "controlPlane|advanced|workloadServiceAccount|annotations|azure.workload.identity/client-id": "x",
  },
  "control-plane-resources": { "controlPlane.statefulSet.resources.limits.cpu": undefined },
  "persistent-volume": { "controlPlane.statefulSet.persistence.volumeClaim.enabled": false },
  "image-repository": { "controlPlane.statefulSet.image.repository": "loft-sh/vcluster-pro" },
  "image-registry": { "controlPlane.statefulSet.image.registry": "quay.io" },
  "image-tag": { "controlPlane.statefulSet.image.tag": "latest" },
  "telemetry-off": { telemetry: undefined },
  "open-source-values": { "sleep.auto": {} },
  "values-in-chart": { "sleepMode.enabled": false },
  "secret-read-scope": { ...mapped({ "": "config" }), "rbac.clusterRole.overwriteRules": undefined },
  "pod-tokens": { "sync.toHost.pods.useSecretsForSATokens": false },
  "copies-have-owner": { "experimental.syncSettings.setOwner": false },
};

/** For each rule about one object beside the release, one that breaks it. */
export const BROKEN_OBJECTS: Readonly<Record<string, TestResource>> = {
  "namespace-not-default": otherIngress({ "metadata.namespace": "default" }),
  "passthrough-annotations": ingress({ "metadata.annotations": undefined }),
  "passthrough-rule": ingress({ "path.path": "/api" }),
  "passthrough-class": ingress({ "spec.ingressClassName": undefined }),
  "passthrough-tls": ingress({ "spec.tls": [{ hosts: ["dev-vcluster.example.com"] }] }),
  "passthrough-routes": tcpRoute({ "spec.tls": {} }),
  "api-host-domain": tlsRoute({ "spec.hostnames": ["*.example.com"] }),
  "argocd-secret-label": clusterSecret({ "metadata.labels": undefined }),
  "argocd-secret-name": clusterSecret({ "stringData.name": undefined }),
  "argocd-secret-tls": clusterSecret({}, put(CONNECTION, { "tlsClientConfig.insecure": true })),
  "argocd-secret-credential": clusterSecret({}, put(CONNECTION, { "tlsClientConfig.keyData": "x" })),
};

/** A resource for each of both, named after its rule: previews take their time, and one shows them all. */
export const ALL_BROKEN: Program = {
  resources: [
    ...ISOLATION,
    ...Object.entries(BROKEN_VALUES).map(([rule, changes]) => ({ ...release(changes, { name: rule }), name: rule })),
    ...Object.entries(BROKEN_OBJECTS).map(([rule, resource]) => ({ ...resource, name: rule })),
  ],
};

/** For each other rule a program that breaks it: as Helm release or as Application. */
export const BROKEN: Readonly<Record<string, Program>> = {
  "values-readable": {
    resources: [...ISOLATION, application({}, { helm: { values: "telemetry:\n  enabled: false" } })],
  },
  "chart-version-pinned": { resources: [...ISOLATION, application({}, { targetRevision: "0.*" })] },
  "chart-version-supported": { resources: [...ISOLATION, application({}, { targetRevision: "0.25.0" })] },
  "name-lengths": { resources: [...ISOLATION, application({}, { helm: { releaseName: "a".repeat(54) } })] },
  "api-host-unique": { resources: [ingress(), otherIngress({ "rule.host": "dev-vcluster.example.com" })] },
  "api-sans": { resources: [...ISOLATION, release({ "controlPlane.proxy": undefined }), ingress()] },
  "isolation-quota": { resources: [...without("ResourceQuota"), release()] },
  "isolation-limit-range": { resources: [...without("LimitRange"), release()] },
  "isolation-network-policies": { resources: [...without("NetworkPolicy"), application()] },
  "pod-security-level": { resources: [...without("Namespace"), namespace("dev-vcluster"), release()] },
  "kubeconfig-outputs": { resources: [], outputs: { kubeconfig: "apiVersion: v1\nclient-key-data: x" } },
};

/** Many mistakes at once in the values of the chart. */
const MISTAKES = {
  telemetry: undefined,
  "controlPlane.advanced.virtualScheduler.enabled": true,
  "controlPlane.distro.k3s.enabled": true,
  "controlPlane.statefulSet.image.tag": "latest",
  "controlPlane.statefulSet.persistence": undefined,
  "controlPlane.statefulSet.resources": undefined,
  "sync.fromHost.secrets.enabled": true,
  "sync|fromHost|secrets|mappings|byName": { "*/*": "config/*", "kube-system/*": "config/*", shared: "x/y" },
  "sync.toHost.ingresses.enabled": true,
  "sleepMode.enabled": true,
};

/** The same mistakes by both ways of delivery. */
export const SAME_MISTAKES: readonly [Program, Program] = [
  { resources: [release(MISTAKES)] },
  { resources: [application(MISTAKES, { targetRevision: SUPPORTED_VERSION })] },
];
