import { EndpointSlice } from "@pulumi/kubernetes/discovery/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { type Input, output, type Resource, type ResourceOptions } from "@pulumi/pulumi";

import type { NetworkPeerArgs } from "../config/args";
import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import type { Names } from "../names";
import { exceptOf, networkPort } from "./network-peers";

/** A peer of a NetworkPolicy and its ports. */
interface NetworkPeer {
  readonly peers: Input<object[]>;
  readonly ports?: Input<object[]>;
}

/** Port on which the control plane's pod serves the virtual API. */
const API = [{ protocol: "TCP", port: 8443 }];
const DNS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

/**
 * NetworkPolicies that close the environment's namespace in both directions but for what it needs.
 *
 * Pods are told apart by labels that the syncer sets itself and that no tenant can give to a pod: `release` is renamed
 * on the way to the host, `vcluster.loft.sh/managed-by` overwritten (vCluster's `pkg/util/translate`). Kubernetes always
 * lets a node reach its own pods, which is how the kubelet's probes get through.
 */
export function networkPolicies(
  name: string,
  names: Names,
  s: Settings,
  opts: ResourceOptions,
  lookup: Pick<ResourceOptions, "parent">,
): Resource[] {
  const { ingressNamespace, egress, ingress } = s.isolation;
  const controlPlane = { podSelector: { matchLabels: { app: "vcluster", release: names.release } } };
  const workloads = { podSelector: { matchLabels: { "vcluster.loft.sh/managed-by": names.release } } };
  const dns = { ...namespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
  const clients = [
    workloads,
    namespace(ingressNamespace),
    ...(s.argocd.register ? [namespace(s.argocd.namespace)] : []),
  ];

  const policy = (suffix: string, selector: object, rules: { ingress: NetworkPeer[]; egress: NetworkPeer[] }) =>
    new NetworkPolicy(
      `${name}-${suffix}`,
      {
        metadata: { name: `${names.release}-${suffix}`, namespace: names.namespace, annotations: BACKGROUND_DELETION },
        spec: {
          podSelector: selector,
          policyTypes: ["Ingress", "Egress"],
          ingress: rules.ingress.map(({ peers, ports }) => ({ from: peers, ...(ports !== undefined && { ports }) })),
          egress: rules.egress.map(({ peers, ports }) => ({ to: peers, ...(ports !== undefined && { ports }) })),
        },
      },
      opts,
    );

  return [
    policy(
      "all-pods",
      {},
      {
        ingress: ingress.map(opening),
        egress: egress.map(opening),
      },
    ),
    policy("workloads", workloads.podSelector, {
      ingress: [{ peers: [workloads, controlPlane, namespace(ingressNamespace)] }],
      egress: [{ peers: [workloads] }, { peers: [controlPlane], ports: API }],
    }),
    policy("control-plane", controlPlane.podSelector, {
      // It is a client of its own where it stands in for the kubelets.
      ingress: [{ peers: [controlPlane, ...clients], ports: API }],
      egress: [
        { peers: [workloads] },
        { peers: [controlPlane], ports: API },
        { peers: [dns], ports: DNS },
        ...hostApi(name, s, lookup),
      ],
    }),
  ];
}

/** The host's API, for the syncer: as configured, or the addresses behind the host's Service `kubernetes`. */
function hostApi(name: string, s: Settings, lookup: Pick<ResourceOptions, "parent">): NetworkPeer[] {
  if (s.isolation.hostApi !== undefined) return s.isolation.hostApi.map(opening);
  // Policies are applied after a Service's address is replaced, by all but a few of those who enforce them.
  const slice = EndpointSlice.get(`${name}-host-api`, "default/kubernetes", lookup);
  const peers = output(slice.endpoints).apply((endpoints) =>
    endpoints.flatMap(({ addresses }) => addresses).map((address) => block(hostCidr(address))),
  );
  const ports = output(slice.ports).apply((all) => all.map(({ port, protocol }) => ({ port, protocol })));
  return [{ peers, ports }];
}

function hostCidr(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

function opening({ cidr, namespace: from, ports }: NetworkPeerArgs): NetworkPeer {
  return {
    peers: [cidr === undefined ? namespace(from ?? "") : block(cidr)],
    ...(ports !== undefined && { ports: ports.map(networkPort) }),
  };
}

function block(cidr: string): object {
  const except = exceptOf(cidr);
  return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
}

function namespace(name: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}
