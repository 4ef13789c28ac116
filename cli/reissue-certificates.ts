import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";

import * as x509 from "@peculiar/x509";

import { clientCertificate } from "../components/vcluster/certificate-expiry";
import { base64, fromBase64 } from "../shared/base64";

/** Like kubeadm and the control plane's own first start. */
const VALID_DAYS = 365;
const DAY_MS = 86_400_000;
/** Tolerates clock skew between nodes. */
const SKEW_MS = 5 * 60_000;
/** The same keys as kubeadm. */
const ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
/** OpenSSL's names of curves, and the Web Crypto API's. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";

type Entries = Readonly<Record<string, string>>;

interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/**
 * New keys and certificates for everything in a Secret `<release>-certs` that a certificate authority in it has signed,
 * valid for one year from `now` and otherwise unchanged. Keeps the authorities and the key of service account tokens.
 *
 * @param data values in base64
 * @returns only the entries that change
 * @throws Error where none of the authorities signed a certificate, before anything is issued
 */
export async function reissue(data: Entries, now = new Date()): Promise<Entries> {
  const text = (name: string) => fromBase64(data[name]);
  const names = Object.keys(data);
  const authorities = names
    .filter((name) => name.endsWith(".crt") && new X509Certificate(text(name)).ca)
    .map((name): Authority => ({ certificate: text(name), key: text(name.replace(/crt$/, "key")) }));
  const signed = names
    .filter((name) => /\.(crt|conf)$/.test(name))
    .map((name) => ({ name, old: name.endsWith(".crt") ? text(name) : (clientCertificate(text(name)) ?? "") }))
    .filter(({ old }) => !new X509Certificate(old).ca)
    .map(({ name, old }) => ({ name, old, by: issuer(name, old, authorities) }));
  const changed: Record<string, string> = {};
  for (const { name, old, by } of signed) {
    const { certificate, key } = await issue(old, by, now);
    if (name.endsWith(".crt")) {
      changed[name] = base64(certificate);
      changed[name.replace(/crt$/, "key")] = base64(key);
    } else {
      const renewed = text(name)
        .replace(/(client-certificate-data: )\S+/, `$1${base64(certificate)}`)
        .replace(/(client-key-data: )\S+/, `$1${base64(key)}`);
      changed[name] = base64(renewed);
    }
  }
  return changed;
}

function issuer(name: string, pem: string, authorities: readonly Authority[]): Authority {
  const one = new X509Certificate(pem);
  const found = authorities.find(({ certificate }) => one.verify(new X509Certificate(certificate).publicKey));
  if (found !== undefined) return found;
  throw new Error(`${name} was not signed by any certificate authority in the Secret; nothing was changed`);
}

/** A new key, and a certificate for it with the old one's subject and extensions. */
async function issue(pem: string, by: Authority, now: Date): Promise<{ certificate: string; key: string }> {
  const old = new x509.X509Certificate(pem);
  const authority = new x509.X509Certificate(by.certificate);
  const end = Math.min(now.getTime() + VALID_DAYS * DAY_MS, authority.notAfter.getTime());
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: old.subjectName,
      // Byte for byte the authority's name: Go finds issuers by its raw bytes.
      issuer: authority.subjectName,
      notBefore: new Date(now.getTime() - SKEW_MS),
      notAfter: new Date(end),
      publicKey: keys.publicKey,
      ...(await signer(by.key)),
      extensions: old.extensions.filter(({ type }) => type !== SUBJECT_KEY_IDENTIFIER),
    },
    webcrypto as Crypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({ type: "pkcs1", format: "pem" });
  return { certificate: `${certificate.toString("pem")}\n`, key: key.toString() };
}

/** An authority's key and signature algorithm, RSA or ECDSA as kubeadm supports both. */
async function signer(pem: string) {
  const key = createPrivateKey(pem);
  const namedCurve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
  const signingAlgorithm = namedCurve === undefined ? ALGORITHM : { name: "ECDSA", hash: "SHA-256", namedCurve };
  const der = key.export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, signingAlgorithm, false, ["sign"]);
  return { signingKey, signingAlgorithm };
}
