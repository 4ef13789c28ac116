import { randomUUID } from "node:crypto";

import {
  type CustomResourceOptions,
  getOrganization,
  getProject,
  getStack,
  type Input,
  mergeOptions,
  type Output,
  output,
} from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";

import { abridged } from "../../host/namespace-contents";
import { check, format, type Problem } from "../../shared/errors";
import { getIn, type JsonObject } from "../../shared/json";
import { RESTORE_STATE } from "../../shared/restore-state";
import { isKnown } from "../known";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** The stack that made a namespace, for people, and to adopt one: stacks of two backends can have the same name. */
export const STACK_ANNOTATION = "vcluster-environments/stack";
/** Which environment a namespace belongs to: a value that only the state of its stack has. */
export const IDENTITY_ANNOTATION = "vcluster-environments/identity";

/** Who a namespace of an environment belongs to. */
export interface Owner {
  /** {@link stackIdentity} */
  readonly stack: string;
  readonly identity: string;
}

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

/** An environment's identity, which only the state of its stack has. */
export interface Identity {
  readonly value: Output<string>;
  /** {@link hostUid} of the host that it was made on, as far as that was known. */
  readonly madeOn: Output<string | undefined>;
  /** The same of the host that is used now. */
  readonly usedOn: Output<string | undefined>;
}

/**
 * A random value that the state keeps, so that no other stack of any backend has it.
 *
 * Two stacks that apply different values to one namespace conflict on the host, and the second fails: at preview too, but only
 * if the value is known then and the provider is not new. The first preview therefore uses a value of its own, which differs from all others as well.
 *
 * @param host {@link hostUid} of the host that is used now; the state keeps the first one
 */
export function randomIdentity(
  name: string,
  host: Input<string | undefined>,
  opts: CustomResourceOptions = {},
): Identity {
  const usedOn = output(host);
  const keepers = usedOn.apply((uid) => (uid === undefined ? {} : { [HOST]: uid }));
  const resource = new RandomString(
    name,
    { length: 20, upper: false, special: false, keepers },
    mergeOptions(opts, { ignoreChanges: ["keepers"] }),
  );
  return {
    value: output(isKnown(resource.result)).apply((known) => (known ? resource.result : output<string>(randomUUID()))),
    madeOn: output(isKnown(resource.keepers)).apply((known) =>
      known ? resource.keepers.apply((kept) => kept?.[HOST]) : output<string | undefined>(undefined),
    ),
    usedOn,
  };
}

const HOST = "host";

/** The state is of another host: an update would create the environment here, after a refresh that empties the state. */
export function hostProblems(madeOn: string | undefined, host: string | undefined): Problem[] {
  return check(madeOn === undefined || host === undefined || madeOn === host, {
    path: "environment",
    code: "other-host",
    problem: `the state is of an environment on another host: the uid of kube-system is ${format(madeOn)} there, and ${format(host)} here`,
    allowed: "the host that the environment was made on",
    fix:
      `choose that one by KUBECONFIG or kubernetes:context. ${RESTORE_STATE}. To move the environment, destroy it there ` +
      "before; if that host is gone for good, empty the stack by `make forget STACK=<stack>`",
  });
}

/**
 * The state knows its host, and this one cannot be told from others: neither by its uid nor by the environment's own namespace,
 * which is enough for an account that may not read the uid.
 */
export function untoldHostProblems(
  name: string,
  { namespace }: FoundNamespace,
  identity: string,
  madeOn: string | undefined,
  host: string | undefined,
): Problem[] {
  const isThere = namespace !== undefined && isIdentified(namespace, identity);
  return check(madeOn === undefined || host !== undefined || isThere, {
    path: "environment",
    code: "other-host",
    problem:
      `this may be another host than the one of the environment in the state: the uid of kube-system, ${format(madeOn)} there, ` +
      `cannot be read here, and no namespace ${format(name)} here has the environment's identity`,
    allowed: "the host that the environment was made on",
    fix:
      `choose that one by KUBECONFIG or kubernetes:context; or, if this is the one, grant the account \`get\` on kube-system: ${READING_UID}. ` +
      RESTORE_STATE,
  });
}

const READING_UID =
  'a ClusterRole with apiGroups [""], resources [namespaces], resourceNames [kube-system], verbs [get]';

/**
 * What to say in the update that creates an environment, and its preview, where the host's uid cannot be read: the state keeps
 * what it gets then.
 */
export function unknownHostWarning(
  { namespace }: FoundNamespace,
  madeOn: string | undefined,
  host: string | undefined,
): string | undefined {
  if (namespace !== undefined || madeOn !== undefined || host !== undefined) return undefined;
  return (
    "The uid of the namespace kube-system, which tells this host from others, cannot be read, and the state keeps what the " +
    "update that creates the environment reads. Later updates will not notice that they are on another host, or that the " +
    "environment is gone. Fix: before this update, grant the account `get` on it: " +
    `${READING_UID}; or, if the host did not answer, run the update when it does. [host-uid-unreadable]`
  );
}

/** What marks the namespace of an environment, besides its identity. */
export function ownershipMetadata(environment: string) {
  return { labels: { [ENVIRONMENT_LABEL]: environment }, annotations: { [STACK_ANNOTATION]: stackIdentity() } };
}

/** The namespace that the host has under an environment's name; undefined where there is none. */
export interface FoundNamespace {
  readonly namespace: JsonObject | undefined;
  /** What is in a namespace that no environment has marked. */
  readonly contents: readonly string[];
}

export function hasIdentity(namespace: JsonObject): boolean {
  return annotation(namespace, IDENTITY_ANNOTATION) !== undefined;
}

/** True for a namespace that was made, or adopted, with this identity: a stack's name alone is on other hosts too. */
export function isIdentified(namespace: JsonObject, identity: string): boolean {
  return annotation(namespace, IDENTITY_ANNOTATION) === identity;
}

/** True for a namespace that a stack has marked as its own. */
export function isMarked(namespace: JsonObject): boolean {
  return hasIdentity(namespace) || annotation(namespace, STACK_ANNOTATION) !== undefined;
}

/** True for the owner's namespace. One without an identity is from before there were any, or to be adopted by the stack. */
export function isOwn(namespace: JsonObject, { stack, identity }: Owner): boolean {
  const found = annotation(namespace, IDENTITY_ANNOTATION);
  return found === undefined ? annotation(namespace, STACK_ANNOTATION) === stack : found === identity;
}

/** Nothing where the namespace is missing, empty or the owner's. */
export function ownershipProblems(name: string, { namespace, contents }: FoundNamespace, owner: Owner): Problem[] {
  if (namespace === undefined || isOwn(namespace, owner)) return [];
  const adopt =
    `\`kubectl annotate namespace ${name} --overwrite ${STACK_ANNOTATION}=${owner.stack} ${IDENTITY_ANNOTATION}-\`, ` +
    "after which a destroy of this stack deletes it with everything in it";
  if (!isMarked(namespace)) {
    return check(contents.length === 0, {
      path: "environment",
      code: "namespace-not-empty",
      problem: `the namespace ${format(name)} on the host belongs to no environment and holds ${abridged(contents)}`,
      allowed: "a namespace that is missing, empty, or this environment's",
      fix: `choose another name; or give the namespace to this stack with ${adopt}`,
    });
  }
  const other = annotation(namespace, STACK_ANNOTATION);
  return [
    {
      path: "environment",
      code: "namespace-in-use",
      problem:
        `the namespace ${format(name)} on the host belongs to ` +
        (other === owner.stack || other === undefined
          ? "another stack of the same name: its identity is not in the state of this one"
          : `the stack ${format(other)}`),
      allowed: "a name that no other stack on this host uses",
      fix: `choose another name; or, if no stack uses it any more (its state is lost, or it was retained), adopt it with ${adopt}`,
    },
  ];
}

function annotation(namespace: JsonObject, key: string): unknown {
  return getIn(namespace, "metadata", "annotations", key);
}
