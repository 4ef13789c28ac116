import { runtime } from "@pulumi/pulumi";

import { check, format, type Problem } from "../shared/errors";
import { sameHostname } from "../shared/rfc1123";
import { MAX_CONCURRENT, Semaphore } from "./concurrency";
import type { Names } from "./names";

/** What one program declares: the same environment twice would be one on the host, each undoing the other. */
export class EnvironmentRegistry {
  readonly semaphore = new Semaphore(MAX_CONCURRENT);
  private readonly all: { names: Names; name: string; provider: unknown }[] = [];

  /** Adds the component `name`, and finds one before it with the same API host, or the same namespace of one host. */
  add(name: string, names: Names, provider: unknown): Problem[] {
    const other = this.all.find(
      (one) =>
        sameHostname(one.names.apiHost, names.apiHost) ||
        (one.names.namespace === names.namespace && one.provider === provider),
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
 * What the program of this run has declared so far. A run is known by the engine's address: a component provider has a
 * connection of its own for each component.
 */
export function environmentRegistry(): EnvironmentRegistry {
  const monitor = runtime.getMonitor() as { getChannel?: () => { getTarget: () => string } } | undefined;
  const run = monitor?.getChannel?.().getTarget() ?? monitor;
  const found = programs.get(run) ?? new EnvironmentRegistry();
  programs.set(run, found);
  return found;
}
