import { isIP } from "node:net";

import { Output } from "@pulumi/pulumi";

import { check, format, type Problem, withOthers } from "../shared/errors";
import { isPlainObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import { isLabel, isSubdomain } from "../shared/rfc1123";
import { hasCredentials, withoutCredentials } from "../shared/urls";
import { TESTED_VERSION } from "../shared/vcluster/versions";
import { isExactVersion } from "../shared/version";
import { checkArgocd } from "./argocd/validate";
import { checkApplications } from "./argocd/validate-applications";
import type { EnvironmentArgs } from "./config/args";
import { type Settings, settings, usesEtcd } from "./config/defaults";
import { checkQuantity, checkRequest } from "./config/quantities";
import { checkKeys } from "./config/schema";
import { checkIngress } from "./ingress/validate";
import { checkAllow } from "./isolation/admission/validate";
import { checkIsolation } from "./isolation/validate";
import { checkMetadata } from "./kubernetes/metadata";
import { ENVIRONMENT_NAME_LENGTH, ENVIRONMENT_NAME_LENGTH_WITH_ETCD } from "./names";
import { checkMappings } from "./sync/validate-mappings";
import { checkDelivery, checkKinds, checkPlacement, checkProbes, checkReplicas } from "./vcluster/validate";
import { checkValues } from "./vcluster/validate-values";

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends";
const DOMAIN_FIX = 'set a domain that resolves to the ingress controller, such as "cnoe.localtest.me"';
const SECONDS = "a whole number of seconds, at least 1";

/** All problems in complete settings, in the order in which they are reported. */
function checkSettings(env: Settings): Problem[] {
  const { environment, domain, names, controlPlane, persistence, argocd } = env;
  const storageClass = persistence.storageClass ?? "default";
  const longestName = usesEtcd(env) ? ENVIRONMENT_NAME_LENGTH_WITH_ETCD : ENVIRONMENT_NAME_LENGTH;
  const reserved = { [argocd.namespace]: "Argo CD", [env.isolation.ingressNamespace]: "the ingress controller" };
  return [
    ...check(isLabel(environment, longestName), {
      path: "environment",
      code: "environment-invalid",
      problem: `${format(environment)} cannot be used in the names of host objects`,
      allowed: `${DNS_LABEL}, at most ${longestName} characters${usesEtcd(env) ? " with etcd (controlPlane.replicas)" : ""}`,
      fix: "set environment; it defaults to the name of the stack",
    }),
    ...check(isSubdomain(domain) && names.apiHost.length <= 253, {
      path: "domain",
      code: "domain-invalid",
      problem: `${format(domain)} is not a DNS name, or ${format(names.apiHost)} is too long for one`,
      allowed: "a DNS name without a trailing dot, and an API host of at most 253 characters",
      fix: DOMAIN_FIX,
    }),
    ...checkChart(env.chart),
    ...checkKinds(env),
    ...checkDelivery(env),
    ...checkImage(env.image),
    ...check(/^v\d+\.\d+\.\d+([-.][\w.-]+)?$/.test(env.kubernetesVersion ?? "v0.0.0"), {
      path: "kubernetesVersion",
      code: "kubernetes-version-invalid",
      problem: `${format(env.kubernetesVersion)} is not a Kubernetes version`,
      allowed: 'a tag of the image loft-sh/kubernetes, such as "v1.34.4"',
      fix: "write all three numbers with a leading v",
    }),
    ...checkReplicas(controlPlane),
    ...checkResources(controlPlane),
    ...check((parseQuantity(persistence.size) ?? 0) > 0, {
      path: "persistence.size",
      code: "volume-size-invalid",
      problem: `${format(persistence.size)} is not a volume size`,
      allowed: 'a Kubernetes quantity above zero, such as "5Gi"',
      fix: "write a number and a unit",
    }),
    ...checkAccessModes(persistence.accessModes),
    ...check(isSubdomain(storageClass), {
      path: "persistence.storageClass",
      code: "storage-class-invalid",
      problem: `${format(storageClass)} is not a valid StorageClass name`,
      allowed: "a name that `kubectl get storageclass` lists",
      fix: "remove it to use the host's default class",
    }),
    ...checkMappings("sync.secrets", env.sync.secrets, names.namespace, reserved),
    ...checkMappings("sync.configMaps", env.sync.configMaps, names.namespace, reserved),
    ...env.extraSans.flatMap((san, index) =>
      check(isIP(san) > 0 || isSubdomain(san.replace(/^\*\./, "")), {
        path: `extraSans[${index}]`,
        code: "san-invalid",
        problem: `${format(san)} is not a valid subject alternative name`,
        allowed: 'a DNS name, a wildcard such as "*.example.org", or an IP address',
        fix: "remove scheme, port and path",
      }),
    ),
    ...checkIngress(env.ingress),
    ...checkArgocd(argocd),
    ...checkSeconds("argocd.syncTimeoutSeconds", argocd.syncTimeoutSeconds),
    ...checkSeconds("argocd.deleteTimeoutSeconds", argocd.deleteTimeoutSeconds),
    ...checkApplications(env),
    ...checkSeconds("readiness.timeoutSeconds", env.readiness.timeoutSeconds),
    ...checkSeconds("controlPlane.startTimeoutSeconds", controlPlane.startTimeoutSeconds),
    ...checkPlacement(controlPlane),
    ...checkProbes(controlPlane.probes),
    ...checkMetadata(env),
    ...checkIsolation(env),
    ...checkAllow(env),
    ...(isPlainObject(env.values) ? checkValues(env, env.values) : []),
  ];
}

function checkChart({ repository, version, path }: Settings["chart"]): Problem[] {
  return [
    ...check(/^(https?|oci):\/\/[^/]/.test(repository), {
      path: "chart.repository",
      code: "chart-repository-invalid",
      problem: `${format(withoutCredentials(repository))} is not a chart repository URL`,
      allowed: "https://..., http://... or oci://...",
      fix: "use the repository's URL, or chart.path for a chart on disk",
    }),
    ...check(!hasCredentials(repository), {
      path: "chart.repository",
      code: "chart-repository-has-password",
      problem: "contains a password or token, which would be in plain text in the state, and in an Application",
      allowed: "a URL without credentials",
      fix: "remove it, and use chart.path, or an OCI registry that `helm registry login` knows",
    }),
    ...check(isExactVersion(version), {
      path: "chart.version",
      code: "chart-version-not-exact",
      problem: `${format(version)} is not an exact version`,
      allowed: `a full version such as "${TESTED_VERSION}", not a range`,
      fix: "pin the version that was tested",
    }),
    ...check(path !== "", {
      path: "chart.path",
      code: "chart-path-empty",
      problem: "must not be empty",
      allowed: "the path of a chart directory or archive",
      fix: "remove it to use chart.repository",
    }),
  ];
}

function checkImage({ registry, repository, tag }: Settings["image"]): Problem[] {
  return [
    ...check(/^([\w.-]+(:\d+)?(\/[\w./-]+)?)?$/.test(registry), {
      path: "image.registry",
      code: "image-registry-invalid",
      problem: `${format(registry)} is not an image registry`,
      allowed: 'a host with an optional port and path, such as "registry.example.com:5000"',
      fix: "remove the scheme, and set image.repository for the repository",
    }),
    ...check(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(repository), {
      path: "image.repository",
      code: "image-repository-invalid",
      problem: `${format(repository)} is not an image repository`,
      allowed: 'a repository such as "loft-sh/vcluster-oss", without registry and tag',
      fix: "remove it to use the open source image",
    }),
    ...check(/^\w[\w.-]{0,127}$/.test(tag), {
      path: "image.tag",
      code: "image-tag-invalid",
      problem: `${format(tag)} is not an image tag`,
      allowed: "at most 128 letters, digits, dots, hyphens and underscores",
      fix: "remove it to use the tag that matches the chart",
    }),
  ];
}

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
      fix: DOMAIN_FIX,
    });
  }
  // Values already reported are replaced by their defaults, so that nothing is reported twice.
  const completed = settings(name, {
    ...(clean as Partial<EnvironmentArgs>),
    ...(later && { values }),
    domain: typeof clean["domain"] === "string" ? clean["domain"] : "example.org",
  });
  return { problems: withOthers(problems, checkSettings(completed)), settings: completed };
}

function checkResources({ requests, limits }: Settings["controlPlane"]): Problem[] {
  return (["cpu", "memory"] as const).flatMap((name) => {
    const request = { path: `controlPlane.requests.${name}`, amount: requests[name] };
    const limit = { path: `controlPlane.limits.${name}`, amount: limits[name] };
    const malformed = [request, limit].flatMap(({ path, amount }) => checkQuantity(path, amount));
    return malformed.length > 0 ? malformed : checkRequest(request, limit);
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
