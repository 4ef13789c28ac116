import { getOrganization, getProject, getStack, runtime } from "@pulumi/pulumi";

import { expect, type Finding, shown } from "./findings";
import type { Names } from "./names";
import { AT_ONCE, Turns } from "./turns";

/** A host name that something on the host cluster answers to. */
export interface Claim {
  readonly host: string;
  /** Namespace of the object that claims it. */
  readonly namespace: string;
  /** The object, for messages: `Ingress other/web`. */
  readonly by: string;
}

/** Namespaces are marked with the stack that made them, so that no two stacks work on one environment. */
export const STACK_ANNOTATION = "vcluster-environments/stack";
/** Label by which the namespaces of all environments are found; its value is the environment's name. */
export const ENVIRONMENT_LABEL = "vcluster-environments/environment";

/** The stack of this program, as the annotation has it: `organization/project/stack`. */
export function stackIdentity(): string {
  return [organization(), getProject(), getStack()].join("/");
}

/** Engines do not tell a component provider its organization; backends without organizations say `organization`. */
function organization(): string {
  try {
    return getOrganization();
  } catch {
    return "organization";
  }
}

/** What marks the namespace of an environment. */
export function identity(environment: string): { labels: Record<string, string>; annotations: Record<string, string> } {
  return { labels: { [ENVIRONMENT_LABEL]: environment }, annotations: { [STACK_ANNOTATION]: stackIdentity() } };
}

/** True where two names of hosts are one: neither case nor a dot at the end makes a difference. */
export function sameHost(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/**
 * Objects of others that answer to the environment's API host already: of two routes for one name the controller takes
 * one, and it is not said which. A wildcard is none of them, because every controller prefers the exact name.
 */
export function hostCollisions({ apiHost, namespace }: Names, claims: readonly Claim[]): Finding[] {
  const others = claims.filter((claim) => claim.namespace !== namespace && sameHost(claim.host, apiHost));
  return [...new Set(others.map(({ by }) => by))].map((by) => ({
    path: "domain",
    problem: `${by} on the host has the host name ${shown(apiHost)} already`,
    allowed: "a host name of the environment's own",
    fix: "choose another domain or environment, or remove that object",
  }));
}

/** Another stack's environment of the same name. `owner` is undefined where the namespace is new or not marked. */
export function ownerCollision(names: Names, owner: string | undefined, stack: string): Finding[] {
  return expect(owner === undefined || owner === stack, {
    path: "environment",
    problem: `the namespace ${shown(names.namespace)} on the host is that of the stack ${shown(owner)}`,
    allowed: "a name that no other stack on this host has",
    fix:
      "choose another name; if that stack is this one under an earlier name, say so by " +
      `\`kubectl annotate namespace ${names.namespace} ${STACK_ANNOTATION}-\``,
  });
}

/** Names of hosts in an IngressRouteTCP's rule, such as HostSNI(`a.example.org`) || HostSNI(`b.example.org`). */
export function hostsOfRule(match: string): string[] {
  return [...match.matchAll(/HostSNI\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, host = ""]) => host),
  );
}

function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** What one program declares: the same environment twice would be one on the host, each undoing the other. */
export class Declared {
  readonly turns = new Turns(AT_ONCE);
  private readonly all: { names: Names; name: string; provider: unknown }[] = [];

  /** Adds the component `name`, and finds one before it with the same API host, or the same namespace of one host. */
  add(name: string, names: Names, provider: unknown): Finding[] {
    const other = this.all.find(
      (one) =>
        sameHost(one.names.apiHost, names.apiHost) ||
        (one.names.namespace === names.namespace && one.provider === provider),
    );
    this.all.push({ names, name, provider });
    return expect(other === undefined, {
      path: "environment",
      problem: `the component ${shown(other?.name)} of this program is the same environment: ${shown(names.apiHost)}`,
      allowed: "one component for each environment",
      fix: "give one of them another environment or domain",
    });
  }
}

const programs = new Map<unknown, Declared>();

/**
 * What the program of this run has declared so far. A run is known by the engine's address: a component provider has a
 * connection of its own for each component.
 */
export function declared(): Declared {
  const monitor = runtime.getMonitor() as { getChannel?: () => { getTarget: () => string } } | undefined;
  const run = monitor?.getChannel?.().getTarget() ?? monitor;
  const found = programs.get(run) ?? new Declared();
  programs.set(run, found);
  return found;
}
