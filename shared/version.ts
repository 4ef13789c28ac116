/** True for an exact semantic version such as `0.26.0` or `0.26.0-rc.1+build`, and not for a range. */
export function isExactVersion(version: string): boolean {
  return /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version);
}
