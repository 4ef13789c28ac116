import { isIP } from "node:net";

import { Output } from "@pulumi/pulumi";

import { check, format, type Problem, withOthers } from "../shared/errors";
import { isPlainObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import { isLabel, isSubdomain } from "../shared/rfc1123";
import { checkArgocd } from "./argocd/validate";
import { checkApplications } from "./argocd/validate-applications";
import type { EnvironmentArgs } from "./config/args";
import { type Settings, settings } from "./config/defaults";
import { checkKeys } from "./config/schema";
import { checkIngress } from "./ingress/validate";
import { checkIngressHosts, checkIsolation } from "./isolation/validate";
import { checkMetadata } from "./kubernetes/metadata";
import { ENVIRONMENT_NAME_LENGTH, environmentNames } from "./names";
import { checkMappings } from "./sync/validate-mappings";
import { checkDelivery, checkPlacement, checkProbes } from "./vcluster/validate";
import { checkValues } from "./vcluster/validate-values";

type Check = (s: Settings) => Problem[];

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends";
const SECONDS = "a whole number of seconds, at least 1";

/** All checks before the first resource is registered, in the order in which problems are reported. */
const checks: readonly Check[] = [
  ({ environment }) =>
    check(isLabel(environment, ENVIRONMENT_NAME_LENGTH), {
      path: "environment",
      code: "environment-invalid",
      problem: `${format(environment)} cannot be used in the names of host objects`,
      allowed: `${DNS_LABEL}, at most ${ENVIRONMENT_NAME_LENGTH} characters`,
      fix: "set environment; it defaults to the name of the stack",
    }),
  ({ environment, domain }) => {
    const host = environmentNames(environment, domain).apiHost;
    return check(isSubdomain(domain) && host.length <= 253, {
      path: "domain",
      code: "domain-invalid",
      problem: `${format(domain)} is not a DNS name, or ${format(host)} is too long for one`,
      allowed: "a DNS name without a trailing dot, and an API host of at most 253 characters",
      fix: 'set a domain that resolves to the ingress controller, such as "cnoe.localtest.me"',
    });
  },
  ({ chart }) => [
    ...check(/^(https?|oci):\/\/[^/]/.test(chart.repository), {
      path: "chart.repository",
      code: "chart-repository-invalid",
      problem: `${format(chart.repository)} is not a chart repository URL`,
      allowed: "https://..., http://... or oci://...",
      fix: "use the repository's URL, or chart.path for a chart on disk",
    }),
    ...check(/^\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(chart.version), {
      path: "chart.version",
      code: "chart-version-not-exact",
      problem: `${format(chart.version)} is not an exact version`,
      allowed: 'a full version such as "0.26.0", not a range',
      fix: "pin the version that was tested",
    }),
    ...check(chart.path !== "", {
      path: "chart.path",
      code: "chart-path-empty",
      problem: "must not be empty",
      allowed: "the path of a chart directory or archive",
      fix: "remove it to use chart.repository",
    }),
  ],
  checkDelivery,
  ({ image, kubernetesVersion = "v0.0.0" }) => [
    ...check(/^([\w.-]+(:\d+)?(\/[\w./-]+)?)?$/.test(image.registry), {
      path: "image.registry",
      code: "image-registry-invalid",
      problem: `${format(image.registry)} is not an image registry`,
      allowed: 'a host with an optional port and path, such as "registry.example.com:5000"',
      fix: "remove the scheme, and set image.repository for the repository",
    }),
    ...check(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(image.repository), {
      path: "image.repository",
      code: "image-repository-invalid",
      problem: `${format(image.repository)} is not an image repository`,
      allowed: 'a repository such as "loft-sh/vcluster-oss", without registry and tag',
      fix: "remove it to use the open source image",
    }),
    ...check(/^\w[\w.-]{0,127}$/.test(image.tag), {
      path: "image.tag",
      code: "image-tag-invalid",
      problem: `${format(image.tag)} is not an image tag`,
      allowed: "at most 128 letters, digits, dots, hyphens and underscores",
      fix: "remove it to use the tag that matches the chart",
    }),
    ...check(/^v\d+\.\d+\.\d+([-.][\w.-]+)?$/.test(kubernetesVersion), {
      path: "kubernetesVersion",
      code: "kubernetes-version-invalid",
      problem: `${format(kubernetesVersion)} is not a Kubernetes version`,
      allowed: 'a tag of the image loft-sh/kubernetes, such as "v1.34.4"',
      fix: "write all three numbers with a leading v",
    }),
  ],
  ({ controlPlane }) => (["cpu", "memory"] as const).flatMap((name) => checkAmounts(controlPlane, name)),
  ({ persistence }) =>
    check((parseQuantity(persistence.size) ?? 0) > 0, {
      path: "persistence.size",
      code: "volume-size-invalid",
      problem: `${format(persistence.size)} is not a volume size`,
      allowed: 'a Kubernetes quantity above zero, such as "5Gi"',
      fix: "write a number and a unit",
    }),
  ({ persistence }) => checkAccessModes(persistence.accessModes),
  ({ persistence: { storageClass = "default" } }) =>
    check(isSubdomain(storageClass), {
      path: "persistence.storageClass",
      code: "storage-class-invalid",
      problem: `${format(storageClass)} is not a valid StorageClass name`,
      allowed: "a name that `kubectl get storageclass` lists",
      fix: "remove it to use the host's default class",
    }),
  ({ sync, environment, domain }) => {
    const own = environmentNames(environment, domain).namespace;
    return (["secrets", "configMaps"] as const).flatMap((kind) => checkMappings(`sync.${kind}`, sync[kind], own));
  },
  ({ extraSans }) =>
    extraSans.flatMap((san, index) =>
      check(isIP(san) > 0 || isSubdomain(san.replace(/^\*\./, "")), {
        path: `extraSans[${index}]`,
        code: "san-invalid",
        problem: `${format(san)} is not a valid subject alternative name`,
        allowed: 'a DNS name, a wildcard such as "*.example.org", or an IP address',
        fix: "remove scheme, port and path",
      }),
    ),
  ({ ingress }) => checkIngress(ingress),
  ({ argocd }) => checkArgocd(argocd),
  ({ argocd }) => [
    ...checkSeconds("argocd.syncTimeoutSeconds", argocd.syncTimeoutSeconds),
    ...checkSeconds("argocd.deleteTimeoutSeconds", argocd.deleteTimeoutSeconds),
  ],
  checkApplications,
  ({ readiness }) => checkSeconds("readiness.timeoutSeconds", readiness.timeoutSeconds),
  ({ controlPlane }) => checkSeconds("controlPlane.startTimeoutSeconds", controlPlane.startTimeoutSeconds),
  ({ controlPlane }) => [...checkPlacement(controlPlane), ...checkProbes(controlPlane.probes)],
  (s) => checkMetadata(s),
  checkIsolation,
  checkIngressHosts,
  (s) => (isPlainObject(s.values) ? checkValues(s, s.values) : []),
];

/** All problems in the arguments of the environment `name` that can be found without a cluster. */
export function checkArgs(name: string, args: EnvironmentArgs): Problem[] {
  return examine(name, args).problems;
}

/**
 * The same, and the arguments with every default filled in; where there are problems, with defaults in their place.
 * `values` given as an output or a promise are checked by `checkValues` once they resolve.
 */
export function examine(name: string, args: EnvironmentArgs): { problems: Problem[]; settings: Settings } {
  const { values, ...typed } = args;
  const later = Output.isInstance(values) || values instanceof Promise;
  const { problems, clean } = checkKeys(later ? typed : { ...typed, values });
  if (typeof clean["domain"] !== "string" && !problems.some(({ path }) => path === "domain")) {
    problems.push({
      path: "domain",
      code: "domain-missing",
      problem: "missing",
      allowed: "a DNS name",
      fix: 'set a domain that resolves to the ingress controller, such as "cnoe.localtest.me"',
    });
  }
  // Values already reported are replaced by their defaults, so that nothing is reported twice.
  const s = settings(name, {
    ...(clean as Partial<EnvironmentArgs>),
    ...(later && { values }),
    domain: textOr(clean["domain"], "example.org"),
  });
  const others = checks.flatMap((check) => check(s));
  return { problems: withOthers(problems, others), settings: s };
}

function checkAmounts({ requests, limits }: Settings["controlPlane"], name: "cpu" | "memory"): Problem[] {
  const request = parseQuantity(requests[name]);
  const limit = parseQuantity(limits[name]);
  const malformed = (["requests", "limits"] as const).flatMap((kind) =>
    check((kind === "requests" ? request : limit) !== undefined, {
      path: `controlPlane.${kind}.${name}`,
      code: "quantity-invalid",
      problem: `${format({ requests, limits }[kind][name])} is not a quantity`,
      allowed: 'a Kubernetes quantity such as "250m", "2" or "4Gi"',
      fix: "write a number with an optional unit",
    }),
  );
  if (request === undefined || limit === undefined) return malformed;
  return check(request <= limit, {
    path: `controlPlane.requests.${name}`,
    code: "request-above-limit",
    problem: `${format(requests[name])} exceeds the limit of ${format(limits[name])}`,
    allowed: "at most the limit",
    fix: `lower it, or raise controlPlane.limits.${name}`,
  });
}

function checkSeconds(path: string, seconds: number): Problem[] {
  const problem = `${format(seconds)} is not a valid timeout`;
  return check(seconds >= 1, { path, code: "timeout-invalid", problem, allowed: SECONDS, fix: "raise it" });
}

/** `core/v1` PersistentVolumeAccessMode. The control plane writes, so read-only modes are not enough. */
const ACCESS_MODES = ["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"];

function checkAccessModes(modes: readonly string[]): Problem[] {
  return check(modes.length > 0 && modes.every((mode) => ACCESS_MODES.includes(mode)), {
    path: "persistence.accessModes",
    code: "access-modes-invalid",
    problem: `${format(modes)} does not give the control plane write access`,
    allowed: `a list with at least one of ${ACCESS_MODES.join(", ")}`,
    fix: "remove it to use ReadWriteOnce, which every StorageClass supports",
  });
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
