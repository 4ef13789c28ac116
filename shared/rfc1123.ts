/** True for an RFC 1123 label: lower-case letters, digits and hyphens, alphanumeric at both ends, at most `length`. */
export function isLabel(name: string, length = 63): boolean {
  return name.length <= length && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** True for an RFC 1123 subdomain: labels joined by dots, at most 253 characters. */
export function isSubdomain(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** True for equal host names: DNS ignores case and a trailing dot. */
export function sameHostname(a: string, b: string): boolean {
  return normalize(a) === normalize(b);
}

/** True if a certificate for `names` is valid for `host`. As in RFC 6125, a wildcard matches one label. */
export function isCovered(host: string, names: readonly string[]): boolean {
  return names.some(
    (name) => name === host || (name.startsWith("*.") && name.slice(1) === host.slice(host.indexOf("."))),
  );
}

function normalize(hostname: string): string {
  return hostname.toLowerCase().replace(/\.$/, "");
}
