import { isIP } from "node:net";

import { Output } from "@pulumi/pulumi";

import { check, format, type Problem } from "../shared/errors";
import { isPlainObject } from "../shared/json";
import { parseQuantity } from "../shared/quantity";
import { isLabel, isSubdomain } from "../shared/rfc1123";
import { checkMappings } from "../shared/vcluster/sync-mappings";
import { checkArgocd } from "./argocd/validate";
import { checkApplications } from "./argocd/validate-applications";
import type { EnvironmentArgs } from "./config/args";
import { type Settings, settings } from "./config/defaults";
import { checkSchema_ } from "./config/schema";
import { checkIngress } from "./ingress/validate";
import { checkIngressHosts, checkIsolation } from "./isolation/validate";
import { checkMetadata } from "./kubernetes/metadata";
import { ENVIRONMENT_NAME_LENGTH, environmentNames } from "./names";
import { checkDelivery, checkPlacement, checkProbes } from "./vcluster/validate";
import { checkValues } from "./vcluster/validate-values";

type Check = (s: Settings) => Problem[];

const DNS_LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends";
const SECONDS = "a whole number of seconds, at least 1";

/** Everything that is looked at before the first resource is registered, in the order of the findings. */
const checks: readonly Check[] = [
  ({ environment }) =>
    check(isLabel(environment, ENVIRONMENT_NAME_LENGTH), {
      path: "environment",
      code: "environment-invalid",
      problem: `${format(environment)} cannot be part of the names on the host`,
      allowed: `${DNS_LABEL}, at most ${ENVIRONMENT_NAME_LENGTH} characters`,
      fix: "set environment; without it the name of the stack is taken",
    }),
  ({ environment, domain }) => {
    const host = environmentNames(environment, domain).apiHost;
    return check(isSubdomain(domain) && host.length <= 253, {
      path: "domain",
      code: "domain-invalid",
      problem: `${format(domain)} is not a DNS name, or ${format(host)} is too long for one`,
      allowed: "a DNS name without a dot at its end; the API host has at most 253 characters",
      fix: 'name the domain that leads to the ingress controller, such as "cnoe.localtest.me"',
    });
  },
  ({ chart }) => [
    ...check(/^(https?|oci):\/\/[^/]/.test(chart.repository), {
      path: "chart.repository",
      code: "chart-repository-invalid",
      problem: `${format(chart.repository)} is not the address of a chart repository`,
      allowed: "https://..., http://... or oci://...",
      fix: "use the repository's URL, or chart.path for a chart on disk",
    }),
    ...check(/^\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(chart.version), {
      path: "chart.version",
      code: "chart-version-not-exact",
      problem: `${format(chart.version)} is not one exact version`,
      allowed: 'a full version such as "0.26.0", no range',
      fix: "pin the version that was tested",
    }),
    ...check(chart.path !== "", {
      path: "chart.path",
      code: "chart-path-empty",
      problem: "it is empty",
      allowed: "the path of a chart's folder or archive",
      fix: "remove it to take the chart from chart.repository",
    }),
  ],
  checkDelivery,
  ({ image, kubernetesVersion = "v0.0.0" }) => [
    ...check(/^([\w.-]+(:\d+)?(\/[\w./-]+)?)?$/.test(image.registry), {
      path: "image.registry",
      code: "image-registry-invalid",
      problem: `${format(image.registry)} is not an image registry`,
      allowed: 'a host, with a port and a path if need be, such as "registry.example.com:5000"',
      fix: "write it without scheme; the repository has its own key",
    }),
    ...check(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(image.repository), {
      path: "image.repository",
      code: "image-repository-invalid",
      problem: `${format(image.repository)} is not an image repository`,
      allowed: 'a repository such as "loft-sh/vcluster-oss", without registry and tag',
      fix: "remove it to get the open source image",
    }),
    ...check(/^\w[\w.-]{0,127}$/.test(image.tag), {
      path: "image.tag",
      code: "image-tag-invalid",
      problem: `${format(image.tag)} is not an image tag`,
      allowed: "letters, digits, dots, hyphens and underscores, at most 128",
      fix: "remove it to get the tag that belongs to the chart",
    }),
    ...check(/^v\d+\.\d+\.\d+([-.][\w.-]+)?$/.test(kubernetesVersion), {
      path: "kubernetesVersion",
      code: "kubernetes-version-invalid",
      problem: `${format(kubernetesVersion)} is not a Kubernetes version`,
      allowed: 'a tag of the image loft-sh/kubernetes, such as "v1.34.4"',
      fix: "write all three numbers, with a v before them",
    }),
  ],
  ({ controlPlane }) => (["cpu", "memory"] as const).flatMap((name) => checkAmounts(controlPlane, name)),
  ({ persistence }) =>
    check((parseQuantity(persistence.size) ?? 0) > 0, {
      path: "persistence.size",
      code: "volume-size-invalid",
      problem: `${format(persistence.size)} is not a size`,
      allowed: 'a Kubernetes quantity above zero, such as "5Gi"',
      fix: "write a number and a unit",
    }),
  ({ persistence }) => checkAccessModes(persistence.accessModes),
  ({ persistence: { storageClass = "default" } }) =>
    check(isSubdomain(storageClass), {
      path: "persistence.storageClass",
      code: "storage-class-invalid",
      problem: `${format(storageClass)} is not the name of a storage class`,
      allowed: "a name that `kubectl get storageclass` lists",
      fix: "remove it to get the host's default class",
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
        problem: `${format(san)} cannot stand in a certificate`,
        allowed: 'a DNS name, "*." and a DNS name, or an IP address',
        fix: "write the name alone, without scheme, port or path",
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

/**
 * All mistakes in the arguments of the environment `name` that can be seen without a cluster.
 * `values` that come later, as an output or a promise, are looked at by `checkValues` once they are there.
 */
export function checkArgs(name: string, args: EnvironmentArgs): Problem[] {
  const { values, ...typed } = args;
  const later = Output.isInstance(values) || values instanceof Promise;
  const { findings, clean } = checkSchema_(later ? typed : { ...typed, values });
  if (typeof clean["domain"] !== "string" && !findings.some(({ path }) => path === "domain")) {
    findings.push({
      path: "domain",
      code: "domain-missing",
      problem: "it is missing",
      allowed: "a DNS name",
      fix: 'name the domain that leads to the ingress controller, such as "cnoe.localtest.me"',
    });
  }
  // What is wrong already is replaced by its default here, so that it is not reported twice.
  const rest = settings(name, {
    ...(clean as Partial<EnvironmentArgs>),
    domain: textOr(clean["domain"], "example.org"),
  });
  return [...findings, ...checks.flatMap((check) => check(rest))];
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
      fix: "write a number and, if need be, a unit",
    }),
  );
  if (request === undefined || limit === undefined) return malformed;
  return check(request <= limit, {
    path: `controlPlane.requests.${name}`,
    code: "request-above-limit",
    problem: `${format(requests[name])} is more than the limit of ${format(limits[name])}`,
    allowed: "at most the limit",
    fix: `lower it, or raise controlPlane.limits.${name}`,
  });
}

function checkSeconds(path: string, seconds: number): Problem[] {
  const problem = `${format(seconds)} is not a time to wait`;
  return check(seconds >= 1, { path, code: "timeout-invalid", problem, allowed: SECONDS, fix: "raise it" });
}

/** `core/v1` PersistentVolumeAccessMode. The control plane writes, so a volume to read alone is none for it. */
const ACCESS_MODES = ["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"];

function checkAccessModes(modes: readonly string[]): Problem[] {
  return check(modes.length > 0 && modes.every((mode) => ACCESS_MODES.includes(mode)), {
    path: "persistence.accessModes",
    code: "access-modes-invalid",
    problem: `${format(modes)} is not how the control plane can use a volume`,
    allowed: `a list with at least one of ${ACCESS_MODES.join(", ")}`,
    fix: "remove it to get ReadWriteOnce, which every storage class has",
  });
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
