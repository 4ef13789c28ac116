import { runtime } from "@pulumi/pulumi";

import { check, format, type Problem } from "../shared/errors";
import { sameHostname } from "../shared/rfc1123";
import { MAX_CONCURRENT, Semaphore } from "./concurrency";
import type { Settings } from "./config/defaults";
import { applicationName } from "./names";

/** What an environment has on the host that another one could have too. */
type Declared = Pick<Settings, "environment" | "names"> & {
  readonly applications: Readonly<Record<string, unknown>>;
  readonly argocd: { readonly namespace: string };
};

/** The environments of one program: two with the same names would overwrite each other on the host. */
export class EnvironmentRegistry {
  readonly semaphore = new Semaphore(MAX_CONCURRENT);
  private readonly all: { env: Declared; name: string; provider: unknown }[] = [];

  /** Adds the component `name`; a problem where an earlier one has the same API host, or namespace or Application on the same host. */
  add(name: string, env: Declared, provider: unknown): Problem[] {
    const { names } = env;
    const other = this.all.find(
      (entry) =>
        sameHostname(entry.env.names.apiHost, names.apiHost) ||
        (entry.env.names.namespace === names.namespace && entry.provider === provider),
    );
    const sameHost = this.all.filter((entry) => entry !== other && entry.provider === provider);
    const shared = sameHost.flatMap((entry) => sharedApplications(entry.name, entry.env, env));
    this.all.push({ env, name, provider });
    return [
      ...check(other === undefined, {
        path: "environment",
        code: "environment-duplicate",
        problem: `the component ${format(other?.name)} of this program already declares the environment ${format(names.apiHost)}`,
        allowed: "one component per environment",
        fix: "give one of them another environment or domain",
      }),
      ...shared,
    ];
  }
}

/** The application `a-b` of `dev` and the application `a` of `b-dev` have one name in Argo CD. */
function sharedApplications(name: string, other: Declared, env: Declared): Problem[] {
  if (other.argocd.namespace !== env.argocd.namespace) return [];
  const taken = new Set(Object.keys(other.applications).map((key) => applicationName(key, other.environment)));
  return Object.keys(env.applications).flatMap((key) => {
    const application = applicationName(key, env.environment);
    return check(!taken.has(application), {
      path: `applications.${key}`,
      code: "application-duplicate",
      problem: `the component ${format(name)} of this program already declares the Application ${format(application)}`,
      allowed: "one environment for each name in Argo CD, which is <application>-<environment>",
      fix: "give one of the applications or environments another name",
    });
  });
}

const programs = new Map<unknown, EnvironmentRegistry>();

/**
 * The registry of this run. A component provider serves several runs, and connects to the engine again for each component,
 * so a run is identified by the engine's address.
 */
export function environmentRegistry(): EnvironmentRegistry {
  const monitor = runtime.getMonitor() as { getChannel?: () => { getTarget: () => string } } | undefined;
  const run = monitor?.getChannel?.().getTarget() ?? monitor;
  const registry = programs.get(run) ?? new EnvironmentRegistry();
  programs.set(run, registry);
  return registry;
}
