import type { Settings } from "../../config/defaults";
import { parseQuantity } from "../../../shared/quantity";
import { isInRanges, isReachable } from "./addresses";
import { isListed } from "./hosts";
import { list, type Rule } from "./rule";

const SERVICES = ["services"];

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
  return [
    {
      name: "service-type",
      kinds: SERVICES,
      field: "spec.type",
      allows: `object.spec.type in ${list(types)}`,
      message: `services are of the type ${types.join(" or ")}; isolation.quota (services.nodeports, services.loadbalancers) and isolation.allow.externalNames allow more`,
    },
    {
      name: "service-external-name",
      kinds: SERVICES,
      field: "spec.externalName",
      allows: `object.spec.externalName == '' || object.spec.type != 'ExternalName' || ${isListed("object.spec.externalName", allow.externalNames)}`,
      message: `services have ${allow.externalNames.length > 0 ? `the external names ${allow.externalNames.join(", ")}` : "no external name"}`,
      key: "isolation.allow.externalNames",
    },
    {
      name: "service-external-addresses",
      kinds: SERVICES,
      field: "spec.externalIPs",
      allows: `object.spec.externalIPs.all(a, ${isInRanges("a", allow.externalAddresses)})`,
      message: "services have no external addresses of others",
      key: "isolation.allow.externalAddresses",
    },
    {
      name: "service-load-balancer-address",
      kinds: SERVICES,
      field: "spec.loadBalancerIP",
      allows: `object.spec.loadBalancerIP == '' || ${isInRanges("object.spec.loadBalancerIP", allow.externalAddresses)}`,
      message: "services do not choose the address of their load balancer",
      key: "isolation.allow.externalAddresses",
    },
    {
      name: "service-load-balancer-class",
      kinds: SERVICES,
      field: "spec.loadBalancerClass",
      allows: `object.spec.loadBalancerClass in ${list(allow.loadBalancerClasses)}`,
      message: "services have the load balancer class of the host",
      key: "isolation.allow.loadBalancerClasses",
    },
    {
      name: "service-ports",
      kinds: SERVICES,
      field: "spec.ports",
      allows: `size(object.spec.ports) <= ${objectLimits.servicePorts}`,
      message: `a service has at most ${objectLimits.servicePorts} ports`,
      key: "isolation.objectLimits.servicePorts",
    },
    {
      name: "endpoint-addresses",
      kinds: ["endpoints"],
      field: "subsets",
      allows: `object.subsets.all(s, ${["addresses", "notReadyAddresses"].map((key) => `(!has(s.${key}) || s.${key}.all(a, ${isReachable("a.ip", env)}))`).join(" && ")})`,
      message: "endpoints lead to addresses that isolation.egress opens, and to no others",
      key: "isolation.allow.endpoints",
    },
    {
      name: "endpoint-count",
      kinds: ["endpoints"],
      field: "subsets",
      allows: `object.subsets.map(s, (has(s.addresses) ? size(s.addresses) : 0) + (has(s.notReadyAddresses) ? size(s.notReadyAddresses) : 0)).sum() <= ${objectLimits.endpointAddresses}`,
      message: `endpoints have at most ${objectLimits.endpointAddresses} addresses`,
      key: "isolation.objectLimits.endpointAddresses",
    },
    {
      name: "endpoint-slice-addresses",
      kinds: ["discovery.k8s.io/endpointslices"],
      field: "endpoints",
      allows: `object.endpoints.all(e, e.addresses.all(a, ${isReachable("a", env)}))`,
      message: "endpoints lead to addresses that isolation.egress opens, and to no others",
      key: "isolation.allow.endpoints",
    },
  ];
}
