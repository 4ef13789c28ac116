export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The text of a value in base64, such as one in the `data` of a Secret; empty where there is none. */
export function fromBase64(data = ""): string {
  return Buffer.from(data, "base64").toString();
}
