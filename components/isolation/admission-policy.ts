import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@pulumi/kubernetes/admissionregistration/v1";
import { type Input, interpolate, mergeOptions, type Resource, type ResourceOptions } from "@pulumi/pulumi";

import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION, FORCE_PATCH } from "../kubernetes/annotations";
import { API_HOST_LABEL, type Names } from "../names";
import { exceptOf } from "./network-peers";

/**
 * Refuses on the host what an environment's tenants could use the ingress controller or kube-proxy for: both serve the
 * whole host and know nothing of environments. Kubernetes evaluates it itself, from version 1.30 on; there is no webhook.
 *
 * Only what the syncer makes is looked at: nothing else comes from a tenant. What it refuses stays in the virtual
 * cluster, with an event that has the message.
 */
export function admissionPolicy(
  name: string,
  names: Names,
  s: Settings,
  account: Input<string>,
  opts: ResourceOptions,
): Resource[] {
  if (s.isolation.profile === "open") return [];
  const metadata = { name: names.admissionPolicy, annotations: { ...BACKGROUND_DELETION, ...FORCE_PATCH } };
  const policy = new ValidatingAdmissionPolicy(
    `${name}-synced-objects`,
    {
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": names.namespace } },
          resourceRules: [rule("", ["services", "endpoints"]), rule("networking.k8s.io", ["ingresses"])],
        },
        matchConditions: [
          {
            name: "by-the-syncer",
            expression: interpolate`request.userInfo.username == 'system:serviceaccount:${names.namespace}:${account}'`,
          },
        ],
        validations: validations(names, s),
      },
    },
    opts,
  );
  const binding = new ValidatingAdmissionPolicyBinding(
    `${name}-synced-objects-binding`,
    { metadata, spec: { policyName: names.admissionPolicy, validationActions: ["Deny"] } },
    mergeOptions(opts, { dependsOn: policy }),
  );
  return [policy, binding];
}

/** Rules of the check, in Kubernetes' expression language (CEL). */
export function validations(names: Names, s: Settings): { expression: string; message: string }[] {
  const { ingressHosts } = s.isolation;
  const kind = (name: string) => `request.resource.resource != '${name}'`;
  const own = `.${names.apiHost}`;
  const allowed = [`*${own}`, ...ingressHosts].join(", ");
  return [
    {
      expression: `${kind("services")} || (object.spec.type != 'ExternalName' && (!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0))`,
      message: "a service of an environment has neither an external name nor external addresses on the host",
    },
    {
      expression: `${kind("endpoints")} || !has(object.subsets) || object.subsets.all(s, (!has(s.addresses) || s.addresses.all(a, ${reachable("a.ip", s)})) && (!has(s.notReadyAddresses) || s.notReadyAddresses.all(a, ${reachable("a.ip", s)})))`,
      message: "endpoints of an environment lead to addresses that isolation.egress opens, and to no others",
    },
    {
      expression: `${kind("ingresses")} || (!has(object.spec.defaultBackend) && (!has(object.spec.rules) || object.spec.rules.all(r, has(r.host) && ${claimable("r.host", own, s)})) && (!has(object.spec.tls) || object.spec.tls.all(t, !has(t.hosts) || t.hosts.all(h, ${claimable("h", own, s)}))))`,
      message: `an ingress of this environment has the hosts ${allowed}, none of them another environment's; isolation.ingressHosts adds others`,
    },
    {
      expression: `${kind("ingresses")} || !has(object.metadata.annotations) || object.metadata.annotations.all(k, !k.matches('${ANNOTATIONS}'))`,
      message: `an ingress of an environment has no annotations that match ${ANNOTATIONS}`,
    },
  ];
}

/**
 * Annotations by which an ingress controller serves further hosts, connects elsewhere, or takes configuration as text.
 * Those that name Secrets are not among them: the syncer makes them name its own.
 */
const ANNOTATIONS =
  "/(server-alias|auth-url|mirror-.*|.*-snippet|stream-.*|router[.]middlewares|service[.]serverstransport)$";

/** Whether a host is the environment's: below its API host, or listed and not of another environment of the domain. */
function claimable(host: string, own: string, s: Settings): string {
  const listed = s.isolation.ingressHosts.map((pattern) =>
    pattern.startsWith("*.") ? `${host}.endsWith('${pattern.slice(1)}')` : `${host} == '${pattern}'`,
  );
  const others = `${host}.matches('^([^.]+[.])*${API_HOST_LABEL}[.]${s.domain.replaceAll(".", "[.]")}$')`;
  const theWholeDomain = `${host} == '*.${s.domain}'`;
  const added = listed.length > 0 ? ` || ((${listed.join(" || ")}) && !${others} && !(${theWholeDomain}))` : "";
  return `(${host}.endsWith('${own}')${added})`;
}

/** Whether workloads may connect to an address themselves. */
function reachable(address: string, s: Settings): string {
  const ranges = s.isolation.egress.flatMap(({ cidr }) => {
    if (cidr === undefined) return [];
    const inside = (range: string) => `cidr('${range}').containsIP(${address})`;
    return [[inside(cidr), ...exceptOf(cidr).map((range) => `!${inside(range)}`)].join(" && ")];
  });
  return ranges.length > 0 ? `(${ranges.map((range) => `(${range})`).join(" || ")})` : "false";
}

function rule(group: string, resources: string[]) {
  return { apiGroups: [group], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources };
}
