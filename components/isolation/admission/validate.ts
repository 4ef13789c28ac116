import { check, format, type Problem } from "../../../shared/errors";
import { getPath, isEnabled, type JsonObject } from "../../../shared/json";
import { isSubdomain } from "../../../shared/rfc1123";
import type { Settings } from "../../config/defaults";
import { parseRange } from "../network-peers";

type Allow = Settings["isolation"]["allow"];

/** What items of a list are, and how they are written. */
interface Format {
  readonly fits: (item: string) => boolean;
  readonly what: string;
  readonly allowed: string;
}

const NAME: Format = { fits: isSubdomain, what: "name", allowed: "names as `kubectl get` lists them" };
const CLASS_OR_NONE: Format = {
  ...NAME,
  fits: (item) => item === "" || isSubdomain(item),
  allowed: 'names as `kubectl get` lists them, or "" for claims without a class',
};
const RANGE: Format = {
  fits: (item) => parseRange(item) !== undefined,
  what: "range of addresses",
  allowed: 'an IP address with a prefix length, such as "203.0.113.0/24"',
};
const KEY: Format = {
  fits: (item) => /^(([a-z0-9][a-z0-9.-]*\/)?([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?|\*)|\*)$/.test(item),
  what: "key",
  allowed:
    'whole keys, "example.org/*" for all of a domain, or "*" for all without one (of pods\' annotations: and without a dot)',
};
const QUALIFIED: Format = {
  fits: (item) => item.split("/").length <= 2 && item.split("/").every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part)),
  what: "name",
  allowed: "names with or without a domain, such as example.org/name",
};

const FORMATS: Readonly<Record<Exclude<keyof Allow, "ingressTls">, Format>> = {
  kinds: {
    fits: (item) => /^[a-z]+(\/[a-z]+)?(\.[a-z0-9.-]+)?$/.test(item),
    what: "kind",
    allowed: 'a resource in the plural with its API group, such as "certificates.cert-manager.io"',
  },
  volumes: {
    fits: (item) => /^[a-z][A-Za-z]+$/.test(item),
    what: "kind of volume",
    allowed: "keys of a pod's volumes, such as nfs or csi",
  },
  csiDrivers: NAME,
  annotations: KEY,
  labels: KEY,
  priorityClasses: NAME,
  runtimeClasses: NAME,
  ingressClasses: NAME,
  storageClasses: CLASS_OR_NONE,
  secretTypes: QUALIFIED,
  externalNames: {
    fits: (item) => isSubdomain(item.replace(/^\*\./, "")),
    what: "DNS name",
    allowed: 'a DNS name, or a wildcard such as "*.example.org"',
  },
  externalAddresses: RANGE,
  loadBalancerClasses: QUALIFIED,
  endpoints: RANGE,
};

/** Problems in `isolation.allow` and `isolation.objectLimits`. */
export function checkAllow({ isolation: { allow, objectLimits }, controlPlane, names }: Settings): Problem[] {
  const ownClass = controlPlane.priorityClass ?? names.priorityClass;
  return [
    ...check(!allow.priorityClasses.includes(ownClass), {
      path: "isolation.allow.priorityClasses",
      code: "class-not-counted",
      problem: `${format(ownClass)} is the class of the control plane, whose pods no quota counts`,
      allowed: "classes that the control plane does not have",
      fix: "remove it, or give the control plane another controlPlane.priorityClass",
    }),
    ...Object.entries(FORMATS).flatMap(([key, { fits, what, allowed }]) =>
      allow[key as keyof typeof FORMATS].flatMap((item, index) =>
        check(fits(item), {
          path: `isolation.allow.${key}[${index}]`,
          code: "allowed-item-invalid",
          problem: `${format(item)} is not a ${what}`,
          allowed,
          fix: "correct it, or remove it",
        }),
      ),
    ),
    ...Object.entries(objectLimits).flatMap(([key, limit]) =>
      check(limit >= 1, {
        path: `isolation.objectLimits.${key}`,
        code: "object-limit-invalid",
        problem: `${format(limit)} is not a limit`,
        allowed: "a whole number, at least 1",
        fix: "raise it, or remove it to use the default",
      }),
    ),
  ];
}

const SET_OWNER = "experimental.syncSettings.setOwner";

/** Merged chart values by which copies have no owner: the host refuses those with the labels that most charts give. */
export function checkOwners({ isolation }: Settings, merged: JsonObject): Problem[] {
  return check(isolation.profile === "open" || isEnabled(getPath(merged, SET_OWNER) ?? true), {
    path: `values.${SET_OWNER}`,
    code: "copies-without-owner",
    problem: "Argo CD on the host would take copies with its labels or annotations for objects of an application there",
    allowed: "true, or false in the profile open",
    fix: "remove it",
  });
}

/** Merged chart values by which the host would refuse every pod. */
export function checkSyncedPods(env: Settings, finished: JsonObject): Problem[] {
  const { profile, allow } = env.isolation;
  if (profile === "open") return [];
  const classOf = (key: string) => {
    const name = getPath(finished, `sync.toHost.pods.${key}`);
    return typeof name === "string" ? name : "";
  };
  const [priority, runtime] = [classOf("priorityClassName"), classOf("runtimeClassName")];
  const priorities = [env.names.workloadPriorityClass, ...allow.priorityClasses];
  return [
    ...check(priorities.includes(priority), {
      path: "values.sync.toHost.pods.priorityClassName",
      code: "class-not-allowed",
      problem: `${format(priority)} is not a priority class that the host takes from this environment`,
      allowed: priorities.join(", "),
      fix: "remove it, or add it to isolation.allow.priorityClasses",
    }),
    ...check(runtime === "" || allow.runtimeClasses.includes(runtime) || isEnabled(env.sync.fromHost.runtimeClasses), {
      path: "values.sync.toHost.pods.runtimeClassName",
      code: "class-not-allowed",
      problem: `${format(runtime)} is not a runtime class that the host takes from this environment`,
      allowed: ["no class", ...allow.runtimeClasses].join(", "),
      fix: "add it to isolation.allow.runtimeClasses",
    }),
  ];
}
