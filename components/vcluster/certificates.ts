import { Secret } from "@pulumi/kubernetes/core/v1";
import {
  all,
  type CustomResourceOptions,
  interpolate,
  log,
  type Output,
  output,
  unknown,
  unsecret,
} from "@pulumi/pulumi";

import { UserError } from "../../shared/errors";
import type { Names } from "../names";
import { certificatesIn, daysLeft, EXPIRY_WARNING_DAYS } from "./certificate-expiry";

/** The virtual cluster's certificate authority and its administrator, all in base64 as in a kubeconfig. */
export interface Certificates {
  /** Certificate of the authority. Public. */
  readonly caCertificate: Output<string>;
  /** Certificate and key of the administrator (`system:masters`). Secret. */
  readonly adminCredentials: Output<{ certificate: string; key: string }>;
}

/**
 * Reads the certificates that the control plane generated at its first start.
 *
 * From the Secret `<release>-certs`, which exists before the API server starts and so before the release is ready. The
 * kubeconfig Secret `vc-<release>` has the same, but is written at an unknown time after the pod is ready.
 *
 * @param last the {@link kubeconfig} of the last update, in a preview that may not read the Secret; undefined inside where
 *   there was none
 */
export function readCertificates(
  name: string,
  names: Names,
  namespace: Output<string>,
  opts: CustomResourceOptions,
  last?: Output<string | undefined>,
): Certificates {
  // Unknown until the virtual cluster is there: a preview would read a known id at once. Without permission it stays
  // unknown; the resource is declared all the same, because a missing one counts as a change.
  const id =
    last === undefined ? interpolate`${namespace}/${names.certificates}` : output(unknown as unknown as string);
  const read = Secret.get(name, id, opts).data.apply((data) => {
    warnOfExpiry(names, data, opts);
    return parseCertificates(names, data);
  });
  const files =
    last === undefined ? read : last.apply((text) => (text === undefined ? read : output(certificatesOf(text))));
  return {
    caCertificate: unsecret(files.apply(({ authority }) => authority)),
    adminCredentials: files.apply(({ administrator }) => administrator),
  };
}

/** Warns in previews and updates of what expires soon: the control plane renews none of it. */
function warnOfExpiry(names: Names, data: Record<string, string>, { parent }: CustomResourceOptions): void {
  const expiring = certificatesIn(data).filter((certificate) => daysLeft(certificate) < EXPIRY_WARNING_DAYS);
  const [first] = expiring.sort((a, b) => a.until.getTime() - b.until.getTime());
  if (first === undefined) return;
  void log.warn(
    `${expiring.length} certificates in Secret ${names.namespace}/${names.certificates} end soon or have ended, ` +
      `${first.name} on ${first.until.toISOString().slice(0, 10)}. Fix: \`make renew\`; \`make expiry\` lists them.`,
    parent,
  );
}

/** The CA certificate and the administrator in the Secret's data. @throws UserError where one is missing */
export function parseCertificates(names: Names, data: Record<string, string>) {
  const required = (text: string | undefined, what: string): string => {
    if (text !== undefined) return text;
    throw new UserError(
      `Secret ${names.namespace}/${names.certificates} has no ${what}. ` +
        "Fix: see that chart.repository or chart.path leads to the vCluster chart. [certificates-invalid]",
    );
  };
  const kubeconfig = Buffer.from(required(data["admin.conf"], "admin.conf"), "base64").toString();
  // kubeadm writes these as one line of base64; so no YAML parser is needed.
  const field = (key: string) =>
    required(new RegExp(`^\\s*${key}: (\\S+)$`, "m").exec(kubeconfig)?.[1], `${key} in admin.conf`);
  return {
    authority: required(data["ca.crt"], "ca.crt"),
    administrator: { certificate: field("client-certificate-data"), key: field("client-key-data") },
  };
}

/** The part of {@link kubeconfig} that certificates are in. */
interface WithCertificates {
  readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

/** What a {@link kubeconfig} was made of. */
function certificatesOf(text: string): ReturnType<typeof parseCertificates> {
  const { clusters, users } = JSON.parse(text) as WithCertificates;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    authority: cluster["certificate-authority-data"],
    administrator: { certificate: user["client-certificate-data"], key: user["client-key-data"] },
  };
}

/** A kubeconfig for the virtual cluster's API at its public URL. JSON is YAML. */
export function kubeconfig(names: Names, { caCertificate, adminCredentials }: Certificates): Output<string> {
  const name = names.argocdCluster;
  return all([caCertificate, adminCredentials]).apply(([ca, { certificate, key }]) => {
    const content = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: names.apiUrl, "certificate-authority-data": ca } }],
      users: [{ name, user: { "client-certificate-data": certificate, "client-key-data": key } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    };
    return JSON.stringify(content, undefined, 2);
  });
}
