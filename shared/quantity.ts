const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * Value of a Kubernetes quantity (`250m`, `2`, `1.5Gi`, `1e3`), or undefined for anything else and for negative ones.
 * Source: the grammar in `k8s.io/apimachinery/pkg/api/resource`.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = /^\+?(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/.exec(String(value));
  if (match === null) return undefined;
  const [, digits = "", binary, suffix = "", exponent] = match;
  if (binary !== undefined) return Number(digits) * 1024 ** (BINARY.indexOf(binary) + 1);
  // Read as one literal and not multiplied, so that 300m and 0.3 are the same number.
  return Number(`${digits}e${exponent ?? DECIMAL[suffix] ?? 0}`);
}
