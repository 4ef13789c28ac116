import { RunError } from "@pulumi/pulumi";

/** One mistake in a configuration: where it is, what is wrong with it and what to do. */
export interface Problem {
  /** Property path as the user writes it, e.g. `controlPlane.limits.cpu`. */
  readonly path: string;
  /** What is wrong, the offending value included. */
  readonly problem: string;
  /** What is accepted in this place. */
  readonly allowed: string;
  /** The change that makes it right. */
  readonly fix: string;
}

/**
 * An error that is the user's to solve: Pulumi prints its message alone.
 *
 * It has no stack. Pulumi would not print it, but formats it all the same, and Node.js 20.20 needs half a minute and a
 * gigabyte for the lines that the SDK's source maps put there (`util.inspect` looks for a slash that they do not have).
 */
export class UserError extends RunError {
  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}

/** Every finding of one configuration in one error. */
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

/** Throws a {@link ConfigurationError} when there is anything to report. */
export function throwIfAny(environment: string, findings: readonly Problem[]): void {
  if (findings.length > 0) throw new ConfigurationError(environment, findings);
}

/**
 * What is found, and of `others` what is about other places: a mistake is reported once, by what knows it best. A value is
 * judged as a whole only where nothing in it is wrong.
 */
export function withOthers(found: readonly Problem[], others: readonly Problem[]): Problem[] {
  const holds = (path: string, inner: string) =>
    inner === path || (inner.startsWith(path) && /^[.[]/.test(inner.slice(path.length)));
  return [...found, ...others.filter(({ path }) => !found.some((one) => holds(path, one.path)))];
}

/** The finding, unless all is `right`. */
export function check(right: boolean, finding: Problem): Problem[] {
  return right ? [] : [finding];
}

/** A value as a message shows it: JSON, so that `2`, `"2"` and `""` are told apart, and cut off when long. */
export function format(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Joins a property path; keys that are not plain words are written as `["a/*"]`. */
export function join(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function describe({ path, problem, allowed, fix }: Problem): string {
  return `  - ${path}: ${problem}. Allowed: ${allowed}. Fix: ${fix}${fix.endsWith("?") ? "" : "."}`;
}
