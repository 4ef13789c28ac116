import type { KubernetesObject } from "../host/client";
import type { ManifestObject } from "../host/live-objects";
import type { Problem } from "../shared/errors";
import { describe, type Difference, withoutValues } from "./drift";

interface Kind {
  /** Dotted paths that the API refuses to change: `Validate<kind>Update` in `pkg/apis` of Kubernetes 1.34. */
  readonly fields: RegExp;
  /** What the deletion of such an object does until the next update makes it again. */
  readonly effect: string;
  readonly options?: string;
}

const CASCADE = " --cascade=orphan";
const BINDING: Kind = {
  fields: /^roleRef\b/,
  effect: "nothing is lost, and until then its account lacks those rights",
};

const KINDS: Readonly<Record<string, Kind>> = {
  ClusterRoleBinding: BINDING,
  PriorityClass: {
    fields: /^(preemptionPolicy|value)$/,
    effect: "nothing is lost: pods that run keep their priority, and until then new ones of this class are refused",
  },
  ResourceQuota: { fields: /^spec\.scopes\b/, effect: "nothing is lost, and until then it limits nothing" },
  RoleBinding: BINDING,
  Secret: { fields: /^type$/, effect: "the update makes it again with what is declared" },
  Service: {
    fields: /^spec\.clusterIP$/,
    effect: "nothing is lost, and until then its name does not resolve",
    // What a virtual cluster has on its host belongs to its Service.
    options: CASCADE,
  },
  StatefulSet: {
    fields:
      /^spec\.(?!(minReadySeconds|ordinals|persistentVolumeClaimRetentionPolicy|replicas|revisionHistoryLimit|template|updateStrategy)\b)/,
    effect: "nothing is lost: pods and volumes stay, and the control plane restarts at most",
    options: CASCADE,
  },
};

/** What an object has in a field that the API refuses to change, because the object was deleted and made again by hand. */
export interface Immutable {
  readonly difference: string;
  /** The deletion that helps, and what it does. */
  readonly fix: string;
}

/** True for a field that the API refuses to change, so that no patch restores it. */
export function isImmutable({ kind = "" }: ManifestObject, { path }: Difference): boolean {
  return KINDS[kind]?.fields.test(path.join(".")) === true;
}

/** Those of the differences that are in fields that the API refuses to change. */
export function immutable(object: ManifestObject, live: KubernetesObject, found: readonly Difference[]): Immutable[] {
  const { kind = "", metadata } = object;
  const { effect = "", options = "" } = KINDS[kind] ?? {};
  const namespace = live.metadata?.namespace;
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  return found
    .filter((one) => isImmutable(object, one))
    .map((one) => ({
      difference: describe(object, live, one),
      fix: `\`kubectl delete ${kind} ${metadata?.name ?? ""}${place}${options}\`, then update again (${effect})`,
    }));
}

export const REFUSED = "the API refuses to change it back";

/** Refuses the upgrade of a release that would fail after its whole time limit. The values of a chart may be secret. */
export function immutableProblems(found: readonly Immutable[] = []): Problem[] {
  return found.map(({ difference, fix }) => ({
    path: "environment",
    code: "immutable-field",
    problem: `${withoutValues(difference)}, and ${REFUSED}, so the upgrade of the release would fail`,
    allowed: "objects of the release that an upgrade can restore",
    fix,
  }));
}
