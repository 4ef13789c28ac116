/** Text that looks like a credential, from whatever source. */
const CREDENTIALS: readonly RegExp[] = [
  // JSON Web Tokens.
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /-----BEGIN [A-Z ]+-----[^]*?(-----END [A-Z ]+-----|$)/g,
  // The same in base64, as kubeconfigs and Secrets have them.
  /\bLS0tLS1CRUdJTi[\w+/=]*/g,
  // Passwords in URLs, and in headers.
  /(?<=:\/\/[^\s/@:]*:)[^\s/@]+(?=@)/g,
  /(?<=\b(bearer|basic) )[\w.~+/=-]{8,}/gi,
  /(?<=\b(password|passwd|secret|token|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]{4,}/gi,
];
const LENGTH = 600;

/** A text of bounded length without credentials: messages of a host can quote what tenants or servers sent. */
export function withoutSecrets(text: string): string {
  const masked = CREDENTIALS.reduce((rest, pattern) => rest.replace(pattern, "***"), text);
  const plain = masked.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return plain.length > LENGTH ? `${plain.slice(0, LENGTH - 3)}...` : plain;
}
