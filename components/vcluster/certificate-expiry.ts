import { X509Certificate } from "node:crypto";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

/** When a certificate or token is valid. */
export interface Validity {
  readonly name: string;
  readonly from: Date;
  readonly until: Date;
}

/** Warn early: `make renew` restarts the control plane. */
export const EXPIRY_WARNING_DAYS = 30;

const DAY_MS = 86_400_000;

/** Whole days from `now` to the end; negative when it is past. */
export function daysLeft({ until }: Validity, now = new Date()): number {
  return Math.floor((until.getTime() - now.getTime()) / DAY_MS);
}

/**
 * All certificates in the data of a Secret such as `<release>-certs`: of files `*.crt`, and the client's in kubeconfigs
 * (`*.conf`). Values are in base64.
 */
export function certificatesIn(data: Readonly<Record<string, string>>): Validity[] {
  return Object.entries(data)
    .flatMap(([name, value]) => {
      const text = Buffer.from(value, "base64").toString();
      const pem = name.endsWith(".conf") ? (clientCertificate(text) ?? "") : text;
      return /\.(crt|conf)$/.test(name) && pem.includes(CERTIFICATE) ? certificate(name, pem) : [];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Lifetime of a certificate in PEM. */
export function certificate(name: string, pem: string): Validity {
  const { validFrom, validTo } = new X509Certificate(pem);
  return { name, from: new Date(validFrom), until: new Date(validTo) };
}

/** Lifetime of a token by its own claims, which are not verified here. @throws Error where it is no JSON Web Token */
export function token(name: string, text: string): Validity {
  const claims = JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()) as {
    iat: number;
    exp: number;
  };
  return { name, from: new Date(claims.iat * 1000), until: new Date(claims.exp * 1000) };
}

/** PEM of the client's certificate in a kubeconfig as kubeadm writes it: one line of base64. */
export function clientCertificate(kubeconfig: string): string | undefined {
  const data = /"?client-certificate-data"?: "?([\w+/=]+)/.exec(kubeconfig)?.[1];
  return data === undefined ? undefined : Buffer.from(data, "base64").toString();
}
