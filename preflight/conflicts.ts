import type { Settings } from "../components/config/defaults";
import { isHostOf } from "../components/isolation/admission/hosts";
import type { Names } from "../components/names";
import { check, format, type Problem } from "../shared/errors";
import { getPath, type JsonObject } from "../shared/json";
import { sameHostname } from "../shared/rfc1123";
import { describeInterrupted, isInterrupted, UNINSTALLED } from "../host/helm-records";

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

/** Whether the environment already has a route for its API host. Another claim of one of its hosts is newer then. */
export function isServed({ apiHost, namespace }: Names, claims: readonly HostnameClaim[]): boolean {
  return claims.some((claim) => claim.namespace === namespace && sameHostname(claim.host, apiHost));
}

/**
 * Ingresses of other environments at hosts that belong to this one, `<application>-<environment>.<domain>`: made before there
 * was this environment, whose admission policy refuses new ones.
 */
export function applicationHostConflicts(env: Settings, claims: readonly HostnameClaim[]): Problem[] {
  return claims.flatMap(({ host, namespace, by }) => {
    const holder = /^(.+)-vcluster$/.exec(namespace)?.[1];
    return check(holder === undefined || namespace === env.names.namespace || !isHostOf(env, host, holder), {
      path: "environment",
      code: "hostname-in-use",
      problem: `${by} on the host uses ${format(host)}, which would belong to this environment`,
      allowed: "a name that no host of another environment's applications ends with",
      fix: `choose another name, or remove that object from the environment ${format(holder)}`,
    });
  });
}

/**
 * Helm starts nothing on a release that another operation works on, or worked on when it was killed; nor does it upgrade one
 * whose uninstallation was, or that was uninstalled with its history kept. For environments whose namespace does not have
 * this stack's identity: of its own, an update clears it (`interrupted.ts`).
 */
export function releaseConflict({ release }: Names, status = ""): Problem[] {
  const recover = "run `make recover STACK=<stack>`";
  const uninstalled = status === UNINSTALLED;
  return check(!isInterrupted(status), {
    path: "environment",
    code: "release-pending",
    problem:
      `the Helm release ${format(release)} is ${status}: ` +
      (uninstalled ? describeInterrupted(status) : "another run is working on it, or was killed"),
    allowed: uninstalled ? "a release that Helm can upgrade" : "a release that no other run works on",
    fix: uninstalled ? recover : `wait for that run; if there is none, ${recover}`,
  });
}

/** A release that the state does not have, and whose records the user may not delete. */
export function unsavedConflict({ namespace, release }: Names, refusal: string): Problem {
  return {
    path: "environment",
    code: "release-not-in-state",
    problem: `the Helm release ${format(release)} is on the host and not in the state, and its records cannot be deleted: ${refusal}`,
    allowed: `an account that may delete Secrets in the namespace ${namespace}`,
    fix: "run the update with such an account",
  };
}

/** In a namespace that is being deleted, nothing can be made. */
export function namespaceConflict({ namespace }: Names, live: JsonObject | undefined): Problem[] {
  const since = getPath(live ?? {}, "metadata.deletionTimestamp");
  return check(since === undefined, {
    path: "environment",
    code: "namespace-terminating",
    problem: `the namespace ${format(namespace)} has been deleted at ${String(since)} and is not gone yet`,
    allowed: "a namespace that nobody deletes",
    fix: `wait until it is gone; \`kubectl get namespace ${namespace} -o yaml\` tells what holds it`,
  });
}

/** A claim of a volume with the virtual cluster's objects that has been deleted. */
export interface DeletedClaim {
  readonly name: string;
  /** When, in RFC 3339. */
  readonly since: string;
}

/** A claim that was deleted while its pod runs. Kubernetes removes it and the volume when the pod stops, and nothing takes that back. */
export function describeDeletedClaim({ namespace }: Names, { name, since }: DeletedClaim): string {
  return (
    `The volume claim ${format(`${namespace}/${name}`)} has been deleted at ${since} and is there only until its pod stops: ` +
    "the volume with the objects of the virtual cluster is gone then"
  );
}

/** An update that restarts the control plane ends what keeps a deleted claim. */
export function volumeConflict(
  { names, persistence }: Settings,
  deleted: readonly DeletedClaim[],
  restarts: boolean,
): Problem[] {
  if (!restarts || persistence.allowDataLoss) return [];
  return deleted.map((claim) => ({
    path: "persistence",
    code: "volume-terminating",
    problem: `this update restarts the control plane. ${describeDeletedClaim(names, claim)}`,
    allowed: "an update that restarts nothing, or a volume that nobody has deleted",
    fix:
      "copy what is needed out of the virtual cluster first, while it runs; then set persistence.allowDataLoss to true for " +
      "this one change",
  }));
}

interface CertificatesState {
  readonly statefulSet?: JsonObject | undefined;
  readonly hasCertificates: boolean | undefined;
}

/**
 * Whether the control plane runs without the Secret of its certificates, which it writes at its start only. The Secret is
 * the Service's: Kubernetes deletes it with that.
 */
export function lacksCertificates({ statefulSet = {}, hasCertificates }: CertificatesState): boolean {
  return hasCertificates === false && Number(getPath(statefulSet, "status.readyReplicas") ?? 0) > 0;
}

/** Argo CD restarts nothing. With Helm, the update does. */
export function certificatesConflict({ names, delivery }: Settings, state: CertificatesState): Problem[] {
  const { namespace, release, certificates } = names;
  return check(delivery === "helm" || !lacksCertificates(state), {
    path: "environment",
    code: "certificates-missing",
    problem: `the Secret ${format(`${namespace}/${certificates}`)} is missing, although the control plane runs`,
    allowed: "the Secret that the control plane writes when it starts",
    fix: `run \`kubectl -n ${namespace} rollout restart statefulset/${release}\`, which writes it again, and repeat this`,
  });
}

/** Names of hosts in an IngressRouteTCP's rule, such as HostSNI(`a.example.org`) || HostSNI(`b.example.org`). */
export function hostsOfRule(match: string): string[] {
  return [...match.matchAll(/HostSNI\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, host = ""]) => host),
  );
}
