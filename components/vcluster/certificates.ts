import { Secret } from "@pulumi/kubernetes/core/v1";
import { type CustomResourceOptions, interpolate, log, type Output, unsecret } from "@pulumi/pulumi";

import { UserError } from "../../shared/errors";
import type { Names } from "../names";
import { certificatesIn, daysLeft, EXPIRY_WARNING_DAYS } from "./certificate-expiry";
import type { InstalledVirtualCluster } from "./install";

/** The virtual cluster's certificate authority and its administrator, all in base64 as in a kubeconfig. */
export interface Certificates {
  /** Certificate of the authority. Public. */
  readonly caCertificate: Output<string>;
  /** Certificate and key of the administrator (`system:masters`). Secret. */
  readonly adminCredentials: Output<{ certificate: string; key: string }>;
}

/**
 * Reads what the control plane made up at its first start.
 *
 * From the Secret `<release>-certs`, which exists before the API server starts and so before the release is ready. The
 * kubeconfig Secret `vc-<release>` says the same but is written after the pod is ready, at a moment that nothing tells.
 */
export function readCertificates(
  name: string,
  names: Names,
  { namespace }: Pick<InstalledVirtualCluster, "namespace">,
  opts: CustomResourceOptions,
): Certificates {
  // Unknown until the virtual cluster is there: a preview would read a known id at once.
  const id = interpolate`${namespace}/${names.certificates}`;
  const files = Secret.get(name, id, opts).data.apply((data) => {
    warnOfEnds(names, data, opts);
    return parseCertificates(names, data);
  });
  return {
    caCertificate: unsecret(files.apply(({ authority }) => authority)),
    adminCredentials: files.apply(({ administrator }) => administrator),
  };
}

/** Says in previews and updates what ends soon: the control plane renews none of it. */
function warnOfEnds(names: Names, data: Record<string, string>, { parent }: CustomResourceOptions): void {
  const ending = certificatesIn(data).filter((one) => daysLeft(one) < EXPIRY_WARNING_DAYS);
  const [first] = ending.sort((a, b) => a.until.getTime() - b.until.getTime());
  if (first === undefined) return;
  void log.warn(
    `${ending.length} certificates in Secret ${names.namespace}/${names.certificates} end soon or have ended, ` +
      `${first.name} on ${first.until.toISOString().slice(0, 10)}. Fix: \`make renew\`; \`make expiry\` lists them.`,
    parent,
  );
}

/** Finds in the Secret's data what is needed of it. Exported for its tests. @throws UserError if it is not there */
export function parseCertificates(names: Names, data: Record<string, string>) {
  const must = (text: string | undefined, what: string): string => {
    if (text !== undefined) return text;
    throw new UserError(
      `Secret ${names.namespace}/${names.certificates} has no ${what}. ` +
        "Fix: see that chart.repository or chart.path leads to the vCluster chart.",
    );
  };
  const kubeconfig = Buffer.from(must(data["admin.conf"], "admin.conf"), "base64").toString();
  // kubeadm writes these as one line of base64; that is all of YAML that is needed here.
  const field = (key: string) =>
    must(new RegExp(`^\\s*${key}: (\\S+)$`, "m").exec(kubeconfig)?.[1], `${key} in admin.conf`);
  return {
    authority: must(data["ca.crt"], "ca.crt"),
    administrator: { certificate: field("client-certificate-data"), key: field("client-key-data") },
  };
}

/** A kubeconfig for the virtual API at its public URL. JSON, which every reader of YAML takes. */
export function kubeconfig(names: Names, { caCertificate, adminCredentials }: Certificates): Output<string> {
  const name = names.argocdCluster;
  return adminCredentials.apply(({ certificate, key }) =>
    caCertificate.apply((ca) =>
      JSON.stringify(
        {
          apiVersion: "v1",
          kind: "Config",
          clusters: [{ name, cluster: { server: names.apiUrl, "certificate-authority-data": ca } }],
          users: [{ name, user: { "client-certificate-data": certificate, "client-key-data": key } }],
          contexts: [{ name, context: { cluster: name, user: name } }],
          "current-context": name,
        },
        undefined,
        2,
      ),
    ),
  );
}
