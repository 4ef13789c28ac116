import { RunError } from "@pulumi/pulumi";

export { format } from "./json";

/** One problem in a configuration: its path, what is wrong and how to fix it. */
export interface Problem {
  /** Property path as the user writes it, e.g. `controlPlane.limits.cpu`. */
  readonly path: string;
  /** Identifies the kind of problem. Scripts and documentation refer to it: never renamed or reused, unlike the texts. */
  readonly code: string;
  /** What is wrong, including the offending value. */
  readonly problem: string;
  /** What is accepted here. */
  readonly allowed: string;
  /** What to change. */
  readonly fix: string;
}

/**
 * An error that the user has to fix: Pulumi prints only its message.
 *
 * It has no stack trace: Pulumi does not print one, but formats it, and Node.js 20.20 takes half a minute and a gigabyte
 * for lines from the SDK's source maps (`util.inspect` searches for a slash that they do not contain).
 */
export class UserError extends RunError {
  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}

/** All problems of one configuration in one error. */
export class ConfigurationError extends UserError {
  constructor(
    readonly environment: string,
    readonly problems: readonly Problem[],
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      [
        `${count} in the configuration of environment "${environment}"; nothing was changed:`,
        ...problems.map(describe),
      ].join("\n"),
    );
  }
}

/** Throws a {@link ConfigurationError} unless `problems` is empty. */
export function throwIfAny(environment: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigurationError(environment, problems);
}

/**
 * `problems`, and those of `others` at other paths: each path is reported once, by the more specific check, and a value as
 * a whole only if nothing in it is reported.
 */
export function withOthers(problems: readonly Problem[], others: readonly Problem[]): Problem[] {
  const holds = (path: string, inner: string) =>
    inner === path || (inner.startsWith(path) && /^[.[]/.test(inner.slice(path.length)));
  return [...problems, ...others.filter(({ path }) => !problems.some((problem) => holds(path, problem.path)))];
}

/** The problem, unless `ok`. */
export function check(ok: boolean, problem: Problem): Problem[] {
  return ok ? [] : [problem];
}

/** Joins a property path; other keys than plain words are written as `["a/*"]`. */
export function join(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function describe({ path, code, problem, allowed, fix }: Problem): string {
  return `  - ${path}: ${problem}. Allowed: ${allowed}. Fix: ${fix}${fix.endsWith("?") ? "" : "."} [${code}]`;
}
