import type { Secret } from "../../host/client";
import { base64, fromBase64 } from "../../shared/base64";

/** What is shorter is a word of everyday use, and in every text. */
const SHORTEST = 6;
/** Words in a longer text, such as a kubeconfig, that are generated: long, of letters and digits. */
const WORD = /[\w+/=.~-]{16,}/g;
/** Larger values are archives, such as Helm's records. */
const LARGEST = 64 * 1024;

/** Every text that Secrets hold, in the forms in which it may stand elsewhere; the longest first. */
export function secretsOf(secrets: readonly Secret[]): string[] {
  const found = new Set<string>();
  const add = (text: string) => {
    if (text.length < SHORTEST) return;
    found.add(text);
    // As JSON writes it.
    found.add(JSON.stringify(text).slice(1, -1));
    found.add(base64(text));
  };
  for (const { data = {}, type } of secrets as readonly (Secret & { type?: string })[]) {
    // Names of clusters, releases and hosts are no secrets.
    if (type === "helm.sh/release.v1") continue;
    for (const [key, encoded] of Object.entries(data)) {
      if (["name", "server", "project", "namespace", "config.yaml"].includes(key)) continue;
      const text = fromBase64(encoded).trim();
      if (!text.includes("\n")) add(text);
      if (text.length > LARGEST) continue;
      for (const [word] of text.matchAll(WORD)) if (/\d/.test(word) && /[a-zA-Z]/.test(word)) add(word);
      if (encoded.length >= SHORTEST) found.add(encoded);
    }
  }
  return [...found].sort((a, b) => b.length - a.length);
}

/** A text without what is secret, and without what looks like it. */
export function masked(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  return known
    .replace(/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "***")
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"]*?-----END [A-Z ]*PRIVATE KEY-----)?/g, "***")
    .replace(/(?<=:\/\/[^\s/@:"]*:)[^\s/@"]+(?=@)/g, "***");
}
