/**
 * The forms in which a secret may stand in a text: as it is, in base64 whatever stands before it in the encoded text,
 * and in base64 of base64. What depends on the neighbouring bytes is left off at both ends.
 */
export function disguises(secret: string, depth = 2): string[] {
  if (depth === 0) return [secret];
  const encoded = [0, 1, 2].flatMap((offset) => {
    const base64 = Buffer.from("\0".repeat(offset) + secret).toString("base64");
    return disguises(base64.slice(Math.ceil((offset * 4) / 3), -4), depth - 1);
  });
  return [secret, ...encoded];
}

/** Whether the text holds the secret in any of its forms. */
export function holds(text: string, secret: string): boolean {
  return disguises(secret).some((form) => text.includes(form));
}
