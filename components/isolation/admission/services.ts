import type { Settings } from "../../config/defaults";
import { parseQuantity } from "../../../shared/quantity";
import { isInRanges, isReachable, reachable } from "./addresses";
import { isListed } from "./hosts";
import { list, orNone, type Rule } from "./rule";

const SERVICES = ["services"];
const ADDRESSES = ["addresses", "notReadyAddresses"];

/** What Services and endpoints may lead to: kube-proxy and the ingress controller connect for them, on every node. */
export function serviceRules(env: Settings): Rule[] {
  const { allow, objectLimits, quota } = env.isolation;
  // A quota of none is said where it is known, with the key.
  const counted = (name: string) => (parseQuantity(quota[name] ?? "1") ?? 0) > 0;
  const types = [
    "ClusterIP",
    ...(counted("services.nodeports") ? ["NodePort"] : []),
    ...(counted("services.loadbalancers") ? ["LoadBalancer"] : []),
    ...(allow.externalNames.length > 0 ? ["ExternalName"] : []),
  ];
  const sizes = ADDRESSES.map((key) => `(has(s.${key}) ? size(s.${key}) : 0)`);
  const addressCount = `object.subsets.map(s, ${sizes.join(" + ")}).sum()`;
  const sliceCount = "object.endpoints.map(e, size(e.addresses)).sum()";
  const count = {
    refuses: "endpoints with more addresses",
    allowed: `up to ${objectLimits.endpointAddresses}`,
    keys: ["isolation.objectLimits.endpointAddresses"],
  };
  const endpoints = {
    refuses: "endpoints at addresses to which pods may not connect",
    allowed: orNone(reachable(env)),
    keys: ["isolation.egress", "isolation.allow.endpoints"],
  };
  return [
    {
      name: "service-type",
      kinds: SERVICES,
      field: "spec.type",
      allows: `object.spec.type in ${list(types)}`,
      refuses: "services of other types",
      refused: "[object.spec.type]",
      allowed: types.join(", "),
      keys: ["isolation.quota (services.nodeports, services.loadbalancers)", "isolation.allow.externalNames"],
    },
    {
      name: "service-external-name",
      kinds: SERVICES,
      field: "spec.externalName",
      allows: `object.spec.externalName == '' || object.spec.type != 'ExternalName' || ${isListed("object.spec.externalName", allow.externalNames)}`,
      refuses: "external names of services",
      refused: "[object.spec.externalName]",
      allowed: orNone(allow.externalNames),
      keys: ["isolation.allow.externalNames"],
    },
    {
      name: "service-external-addresses",
      kinds: SERVICES,
      field: "spec.externalIPs",
      allows: `object.spec.externalIPs.all(a, ${isInRanges("a", allow.externalAddresses)})`,
      refuses: "external addresses of services",
      refused: `object.spec.externalIPs.filter(a, !${isInRanges("a", allow.externalAddresses)})`,
      allowed: orNone(allow.externalAddresses),
      keys: ["isolation.allow.externalAddresses"],
    },
    {
      name: "service-load-balancer-address",
      kinds: SERVICES,
      field: "spec.loadBalancerIP",
      allows: `object.spec.loadBalancerIP == '' || ${isInRanges("object.spec.loadBalancerIP", allow.externalAddresses)}`,
      refuses: "addresses that services choose for their load balancer",
      refused: "[object.spec.loadBalancerIP]",
      allowed: orNone(allow.externalAddresses),
      keys: ["isolation.allow.externalAddresses"],
    },
    {
      name: "service-load-balancer-class",
      kinds: SERVICES,
      field: "spec.loadBalancerClass",
      allows: `object.spec.loadBalancerClass in ${list(allow.loadBalancerClasses)}`,
      refuses: "load balancer classes of services",
      refused: "[object.spec.loadBalancerClass]",
      allowed: orNone(allow.loadBalancerClasses),
      keys: ["isolation.allow.loadBalancerClasses"],
    },
    {
      name: "service-ports",
      kinds: SERVICES,
      field: "spec.ports",
      allows: `size(object.spec.ports) <= ${objectLimits.servicePorts}`,
      refuses: "services with more ports",
      refused: "[string(size(object.spec.ports))]",
      allowed: `up to ${objectLimits.servicePorts}`,
      keys: ["isolation.objectLimits.servicePorts"],
    },
    {
      name: "endpoint-addresses",
      kinds: ["endpoints"],
      field: "subsets",
      allows: `object.subsets.all(s, ${ADDRESSES.map((key) => `(!has(s.${key}) || s.${key}.all(a, ${isReachable("a.ip", env)}))`).join(" && ")})`,
      ...endpoints,
      refused: `object.subsets.map(s, ${ADDRESSES.map((key) => `(has(s.${key}) ? s.${key}.filter(a, !${isReachable("a.ip", env)}).map(a, a.ip) : [])`).join(" + ")}).filter(some, size(some) > 0).map(some, some.join(', '))`,
    },
    {
      name: "endpoint-count",
      kinds: ["endpoints"],
      field: "subsets",
      allows: `${addressCount} <= ${objectLimits.endpointAddresses}`,
      ...count,
      refused: `[string(${addressCount})]`,
    },
    {
      // A slice of names (`addressType: FQDN`) is refused too: a name is an error here.
      name: "endpoint-slice-addresses",
      kinds: ["discovery.k8s.io/endpointslices"],
      field: "endpoints",
      allows: `object.endpoints.all(e, e.addresses.all(a, ${isReachable("a", env)}))`,
      ...endpoints,
      refused: `object.endpoints.map(e, e.addresses.filter(a, !${isReachable("a", env)})).filter(some, size(some) > 0).map(some, some.join(', '))`,
    },
    {
      name: "endpoint-slice-count",
      kinds: ["discovery.k8s.io/endpointslices"],
      field: "endpoints",
      allows: `${sliceCount} <= ${objectLimits.endpointAddresses}`,
      ...count,
      refused: `[string(${sliceCount})]`,
    },
  ];
}
