import { runtime } from "@pulumi/pulumi";

import { check, format, type Problem } from "../shared/errors";
import { sameHostname } from "../shared/rfc1123";
import { MAX_CONCURRENT, Semaphore } from "./concurrency";
import type { Names } from "./names";

/** The environments of one program: two with the same names would overwrite each other on the host. */
export class EnvironmentRegistry {
  readonly semaphore = new Semaphore(MAX_CONCURRENT);
  private readonly all: { names: Names; name: string; provider: unknown }[] = [];

  /** Adds the component `name`; a problem where an earlier one has the same API host, or namespace on the same host. */
  add(name: string, names: Names, provider: unknown): Problem[] {
    const other = this.all.find(
      (entry) =>
        sameHostname(entry.names.apiHost, names.apiHost) ||
        (entry.names.namespace === names.namespace && entry.provider === provider),
    );
    this.all.push({ names, name, provider });
    return check(other === undefined, {
      path: "environment",
      code: "environment-duplicate",
      problem: `the component ${format(other?.name)} of this program already declares the environment ${format(names.apiHost)}`,
      allowed: "one component per environment",
      fix: "give one of them another environment or domain",
    });
  }
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
