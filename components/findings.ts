import { RunError } from "@pulumi/pulumi";

/** One mistake in a configuration: where it is, what is wrong with it and what to do. */
export interface Finding {
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
    readonly findings: readonly Finding[],
  ) {
    const count = findings.length === 1 ? "1 problem" : `${findings.length} problems`;
    super(
      [
        `${count} in the configuration of environment "${environment}"; nothing was changed:`,
        ...findings.map(format),
      ].join("\n"),
    );
  }
}

/** Throws a {@link ConfigurationError} when there is anything to report. */
export function failOn(environment: string, findings: readonly Finding[]): void {
  if (findings.length > 0) throw new ConfigurationError(environment, findings);
}

/** What is found, and of `others` what is about other paths: a mistake is reported once, by whoever knows it best. */
export function withOthers(found: readonly Finding[], others: readonly Finding[]): Finding[] {
  const paths = new Set(found.map(({ path }) => path));
  return [...found, ...others.filter(({ path }) => !paths.has(path))];
}

/** The finding, unless all is `right`. */
export function expect(right: boolean, finding: Finding): Finding[] {
  return right ? [] : [finding];
}

/** A value as a message shows it: JSON, so that `2`, `"2"` and `""` are told apart, and cut off when long. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Joins a property path; keys that are not plain words are written as `["a/*"]`. */
export function join(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function format(finding: Finding): string {
  const { path, problem, allowed, fix } = finding;
  return `  - ${path}: ${problem}. Allowed: ${allowed}. Fix: ${fix}${fix.endsWith("?") ? "" : "."}`;
}
