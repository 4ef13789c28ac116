import type { types } from "@pulumi/kubernetes";
import { EndpointSlice } from "@pulumi/kubernetes/discovery/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { all, type Input, output, type Resource, type ResourceOptions, unsecret } from "@pulumi/pulumi";

import { getPath, isEnabled, type JsonObject } from "../../shared/json";
import type { NetworkPeerArgs } from "../config/args";
import { usesEtcd } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { podLabels } from "../names";
import { exceptOf, parsePort } from "./network-peers";

type IngressRule = types.input.networking.v1.NetworkPolicyIngressRule;
type EgressRule = types.input.networking.v1.NetworkPolicyEgressRule;

/** Port on which the control plane's pod serves the virtual cluster's API. */
const API = [{ protocol: "TCP", port: 8443 }];
/** Ports on which a member of etcd serves its clients and its peers. */
const ETCD_CLIENTS = [{ protocol: "TCP", port: 2379 }];
const ETCD_PEERS = [{ protocol: "TCP", port: 2380 }];
/** Label and port of cert-manager's HTTP-01 solvers (`pkg/issuer/acme/http`). */
const ACME_SOLVERS = { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } };
const ACME = [{ protocol: "TCP", port: 8089 }];
const DNS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

/**
 * NetworkPolicies that deny all traffic of the environment's namespace except what it needs.
 *
 * Pods are told apart by labels that the syncer sets itself and that no tenant can give to a pod: `release` is renamed
 * on the way to the host, `vcluster.loft.sh/managed-by` overwritten (vCluster's `pkg/util/translate`). Kubernetes always
 * lets a node reach its own pods, which is how the kubelet's probes get through.
 */
export function networkPolicies(
  name: string,
  env: ResolvedEnvironment,
  opts: ResourceOptions,
  lookup: Pick<ResourceOptions, "parent">,
): Resource[] {
  const { names, isolation, argocd, chartValues } = env;
  const { ingressNamespace, egress, ingress } = isolation;
  const labels = podLabels(names);
  const controlPlane = { podSelector: { matchLabels: labels.controlPlane } };
  const etcd = { podSelector: { matchLabels: labels.etcd } };
  const workloads = { podSelector: { matchLabels: { "vcluster.loft.sh/managed-by": names.release } } };
  const dns = { ...namespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
  const clients = [workloads, namespace(ingressNamespace), ...(argocd.register ? [namespace(argocd.namespace)] : [])];

  const policy = (
    suffix: string,
    podSelector: object,
    rules: { ingress: IngressRule[]; egress: Input<EgressRule[]> },
  ) =>
    new NetworkPolicy(
      `${name}-${suffix}`,
      {
        metadata: { name: `${names.release}-${suffix}`, namespace: names.namespace, annotations: OWN_OBJECT },
        spec: { podSelector, policyTypes: ["Ingress", "Egress"], ...rules },
      },
      opts,
    );

  return [
    policy(
      "all-pods",
      {},
      {
        ingress: ingress.map((peer) => ({ from: [configuredPeer(peer)], ...portsOf(peer) })),
        egress: egress.map((peer) => ({ to: [configuredPeer(peer)], ...portsOf(peer) })),
      },
    ),
    policy("workloads", workloads.podSelector, {
      ingress: [{ from: [workloads, controlPlane, namespace(ingressNamespace)] }],
      egress: [{ to: [workloads] }, { to: [controlPlane], ports: API }],
    }),
    // Pods that the host's cert-manager makes beside an Ingress to prove that its host is the environment's.
    policy("acme-solvers", ACME_SOLVERS, {
      ingress: [{ from: [namespace(ingressNamespace)], ports: ACME }],
      egress: [],
    }),
    policy("control-plane", controlPlane.podSelector, {
      // The control plane connects to itself where it stands in for the kubelets.
      ingress: [{ from: [controlPlane, ...clients], ports: API }],
      egress: all([
        [
          { to: [workloads] },
          { to: [controlPlane], ports: API },
          { to: [dns], ports: DNS },
          ...(usesEtcd(env) ? [{ to: [etcd], ports: ETCD_CLIENTS }] : []),
          ...hostApi(name, isolation, lookup),
        ],
        unsecret(chartValues.apply(metricsServer)),
      ]).apply((rules) => rules.flat()),
    }),
    ...(usesEtcd(env)
      ? [
          policy("etcd", etcd.podSelector, {
            ingress: [
              { from: [controlPlane], ports: ETCD_CLIENTS },
              { from: [etcd], ports: ETCD_PEERS },
            ],
            // Members look up each other's names, also those in the certificate of one that connects.
            egress: [
              { to: [etcd], ports: ETCD_PEERS },
              { to: [dns], ports: DNS },
            ],
          }),
        ]
      : []),
  ];
}

/** The host's API, for the syncer: as configured, or the addresses behind the host's Service `kubernetes`. */
function hostApi(
  name: string,
  { hostApi: ranges }: ResolvedEnvironment["isolation"],
  lookup: Pick<ResourceOptions, "parent">,
): EgressRule[] {
  if (ranges !== undefined) return ranges.map((range) => ({ to: [configuredPeer(range)], ...portsOf(range) }));
  // Nearly all network plugins apply policies after the Service address is translated.
  const slice = EndpointSlice.get(`${name}-host-api`, "default/kubernetes", lookup);
  const to = output(slice.endpoints).apply((endpoints) =>
    endpoints
      .flatMap(({ addresses }) => addresses)
      .map((address) => block(`${address}/${address.includes(":") ? 128 : 32}`)),
  );
  const ports = output(slice.ports).apply((all) => all.map(({ port, protocol }) => ({ port, protocol })));
  return [{ to, ports }];
}

/** The host's metrics server, where the control plane asks it for its tenants (`integrations.metricsServer`). */
function metricsServer(values: JsonObject): EgressRule[] {
  const integration = "integrations.metricsServer";
  if (!isEnabled(getPath(values, `${integration}.enabled`))) return [];
  const name = getPath(values, `${integration}.apiService.service.namespace`);
  const host = namespace(typeof name === "string" && name !== "" ? name : "kube-system");
  // By the manifests of the project, and by its chart.
  const labels = ["k8s-app", "app.kubernetes.io/name"].map((label) => ({ [label]: "metrics-server" }));
  return [{ to: labels.map((matchLabels) => ({ ...host, podSelector: { matchLabels } })) }];
}

function configuredPeer({ cidr, namespace: name = "" }: NetworkPeerArgs): object {
  return cidr === undefined ? namespace(name) : block(cidr);
}

function portsOf({ ports }: NetworkPeerArgs) {
  // All are valid by now. The API would refuse port 0, but take an empty list for all ports.
  return ports === undefined ? {} : { ports: ports.map((port) => parsePort(port) ?? { port: 0 }) };
}

function block(cidr: string): object {
  const except = exceptOf(cidr);
  return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
}

function namespace(name: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}
