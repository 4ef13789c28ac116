import { STACK_ANNOTATION } from "../components/kubernetes/ownership";
import type { Names } from "../components/names";
import { check, format, type Problem } from "../shared/errors";
import { sameHostname } from "../shared/rfc1123";

/** A host name that something on the host cluster answers to. */
export interface HostnameClaim {
  readonly host: string;
  /** Namespace of the object that claims it. */
  readonly namespace: string;
  /** The object, for messages: `Ingress other/web`. */
  readonly by: string;
}

/**
 * Objects of others that answer to the environment's API host already: of two routes for one name the controller takes
 * one, and it is not said which. A wildcard is none of them, because every controller prefers the exact name.
 */
export function hostnameConflicts({ apiHost, namespace }: Names, claims: readonly HostnameClaim[]): Problem[] {
  const others = claims.filter((claim) => claim.namespace !== namespace && sameHostname(claim.host, apiHost));
  return [...new Set(others.map(({ by }) => by))].map((by) => ({
    path: "domain",
    code: "hostname-in-use",
    problem: `${by} on the host already uses the host name ${format(apiHost)}`,
    allowed: "a host name that nothing else uses",
    fix: "choose another domain or environment, or remove that object",
  }));
}

/** Another stack's environment of the same name. `owner` is undefined where the namespace is new or not marked. */
export function ownerConflict(names: Names, owner: string | undefined, stack: string): Problem[] {
  return check(owner === undefined || owner === stack, {
    path: "environment",
    code: "namespace-in-use",
    problem: `the namespace ${format(names.namespace)} on the host belongs to the stack ${format(owner)}`,
    allowed: "a name that no other stack on this host uses",
    fix:
      "choose another name; if this stack was renamed, take the namespace over with " +
      `\`kubectl annotate namespace ${names.namespace} ${STACK_ANNOTATION}-\``,
  });
}

/** Names of hosts in an IngressRouteTCP's rule, such as HostSNI(`a.example.org`) || HostSNI(`b.example.org`). */
export function hostsOfRule(match: string): string[] {
  return [...match.matchAll(/HostSNI\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, host = ""]) => host),
  );
}
