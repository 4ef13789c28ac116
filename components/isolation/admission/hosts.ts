import type { Settings } from "../../config/defaults";
import { API_HOST_LABEL } from "../../names";
import { type Rule, text } from "./rule";
import { ENVIRONMENT_LABEL } from "../../../shared/kubernetes";

/**
 * Which environment a host belongs to is decided here, for the admission policies and for the preflight
 * (docs/decisions/0023-hosts-of-applications.md):
 *
 * - below its API host: everything;
 * - `<application>-<environment>.<domain>`: of the environments that the host has, the one with the longest name that fits;
 * - what `isolation.ingressHosts` lists, unless it belongs to another environment by these rules.
 *
 * {@link isOwnHost} needs the environment alone; {@link hostRules} look at one of the others, {@link isHostOf} at both.
 */

/** Whether a host is below the environment's API host, has its suffix, or is listed. */
export function isOwnHost(host: string, env: Settings): string {
  const fits = (pattern: string) => `${host}.matches(${text(`^${pattern}[.]${env.domain.replaceAll(".", "[.]")}$`)})`;
  const ofApplication = fits(`[^.*]+-${env.environment}`);
  const listed = `(${isListed(host, env.isolation.ingressHosts)} && ${host} != ${text(`*.${env.domain}`)})`;
  return `(${isBelowApiHost(host, env)} || ((${ofApplication} || ${listed}) && !${fits(`([^.]+[.])*${API_HOST_LABEL}`)}))`;
}

/** Hosts that {@link isOwnHost} is true of, for messages. */
export function ownHosts({ names, environment, domain, isolation }: Settings): string {
  return [`*.${names.apiHost}`, `<application>-${environment}.${domain}`, ...isolation.ingressHosts].join(", ");
}

/**
 * Rules that Kubernetes evaluates once for the namespace of each environment on the host, which is `params`: none of the hosts
 * belongs to that environment. An environment that is created later counts from then on.
 */
export function hostRules(env: Settings): Rule[] {
  const other = `params.metadata.labels[${text(ENVIRONMENT_LABEL)}]`;
  const isOurs = (host: string) => `!${isHostOfOther(host, other, env)}`;
  const rule = {
    refuses: "hosts of another environment in ingresses",
    refused: `[${other}]`,
    allowed: `hosts of the environment ${env.environment}`,
    keys: [],
  };
  return [
    {
      ...rule,
      name: "hosts-of-others",
      field: "spec.rules",
      allows: `object.spec.rules.all(r, !has(r.host) || ${isOurs("r.host")})`,
    },
    {
      ...rule,
      name: "tls-hosts-of-others",
      field: "spec.tls",
      allows: `object.spec.tls.all(t, !has(t.hosts) || t.hosts.all(h, ${isOurs("h")}))`,
    },
  ];
}

function isHostOfOther(host: string, other: string, env: Settings): string {
  const { environment, domain } = env;
  const hasItsSuffix = `${host}.endsWith('-' + ${other} + ${text(`.${domain}`)})`;
  const isMoreExactlyOurs = `(${text(environment)}.endsWith('-' + ${other}) && ${host}.endsWith(${text(`-${environment}.${domain}`)}))`;
  return `(${other} != ${text(environment)} && ${hasItsSuffix} && !${isMoreExactlyOurs} && !${isBelowApiHost(host, env)})`;
}

function isBelowApiHost(host: string, { names }: Settings): string {
  return `${host}.endsWith(${text(`.${names.apiHost}`)})`;
}

/** Whether a host that the environment `holder` uses is `<application>-<environment>.<domain>` of another one. */
export function isHostOf({ environment, domain }: Pick<Settings, "environment" | "domain">, host: string, holder = "") {
  const hasSuffix = (name: string) => host.endsWith(`-${name}.${domain}`);
  const isApiHost = new RegExp(`(^|[.])${API_HOST_LABEL}$`).test(host.slice(0, -domain.length - 1));
  return hasSuffix(environment) && !isApiHost && !(holder.endsWith(`-${environment}`) && hasSuffix(holder));
}

/** Whether a name is one of a list, or below one of its domains, `*.example.org`. */
export function isListed(name: string, patterns: readonly string[]): string {
  const listed = patterns.map((pattern) =>
    pattern.startsWith("*.") ? `${name}.endsWith(${text(pattern.slice(1))})` : `${name} == ${text(pattern)}`,
  );
  return listed.length > 0 ? `(${listed.join(" || ")})` : "false";
}
