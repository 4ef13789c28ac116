import { isPlainObject, type JsonObject } from "../shared/json";
import { items, type KubeObject, map, selects, text, texts } from "./objects";

/** A side of a connection, as network policies tell it. */
export type Peer =
  { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> } | { readonly address: string };

/**
 * Whether network policies let a peer connect to the pods with these labels in the policies' namespace, at a port. Kubernetes
 * denies what no policy allows as soon as one policy selects the pod for that direction.
 */
export function allows(
  policies: readonly KubeObject[],
  pod: Readonly<Record<string, string>>,
  direction: "Ingress" | "Egress",
  peer: Peer,
  port: number,
): boolean {
  const own = policies.filter(
    (policy) => selects(policy["spec"] && selectorOf(policy), pod) && directionsOf(policy).includes(direction),
  );
  if (own.length === 0) return true;
  const key = direction === "Ingress" ? "from" : "to";
  return own
    .flatMap((policy) => items(policy, `spec.${direction.toLowerCase()}`))
    .some((rule) => hasPort(rule, port) && hasPeer(items(rule, key), rule[key] !== undefined, peer));
}

function selectorOf(policy: KubeObject): JsonObject {
  return map(policy, "spec", "podSelector");
}

function directionsOf(policy: KubeObject): string[] {
  const types = texts(policy, "spec.policyTypes");
  return types.length > 0 ? types : ["Ingress"];
}

function hasPort(rule: JsonObject, port: number): boolean {
  const ports = items(rule, "ports");
  if (ports.length === 0) return true;
  return ports.some((one) => {
    const first = Number(one["port"] ?? port);
    return text(one, "protocol") !== "UDP" && first <= port && port <= Number(one["endPort"] ?? first);
  });
}

/** An empty list of peers, as a missing one, is everybody. */
function hasPeer(peers: readonly JsonObject[], given: boolean, peer: Peer): boolean {
  if (!given || peers.length === 0) return true;
  return peers.some((one) => {
    if ("address" in peer) return isPlainObject(one["ipBlock"]) && contains(text(one, "ipBlock.cidr"), peer.address);
    if (!isPlainObject(one["namespaceSelector"])) return false;
    const inNamespace = selects(one["namespaceSelector"], { "kubernetes.io/metadata.name": peer.namespace });
    // Labels of the ingress controller's and Argo CD's pods are not known here.
    return inNamespace && (one["podSelector"] === undefined || selects(one["podSelector"], peer.labels ?? {}));
  });
}

/** Whether a range has an IPv4 address; of IPv6, only a range of one address is compared. */
function contains(cidr: string, address: string): boolean {
  const [base = "", bits = "32"] = cidr.split("/");
  if (base === address) return true;
  if (base.includes(":") || address.includes(":")) return false;
  const number = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}
