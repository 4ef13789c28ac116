import { Secret } from "@pulumi/kubernetes/core/v1";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import { type CustomResourceOptions, type Output, unsecret } from "@pulumi/pulumi";

import { UserError } from "./findings";
import type { Names } from "./names";

/** The virtual cluster's certificate authority and its administrator, all in base64 as in a kubeconfig. */
export interface Certificates {
  /** Certificate of the authority. Public. */
  readonly authority: Output<string>;
  /** Certificate and key of the administrator (`system:masters`). Secret. */
  readonly administrator: Output<{ certificate: string; key: string }>;
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
  release: Release,
  opts: CustomResourceOptions,
): Certificates {
  // By way of the status, which is unknown until the release is there: a preview would read a known id at once.
  const id = release.status.apply((status) => `${status.namespace}/${names.certificates}`);
  const { data } = Secret.get(name, id, opts);
  return {
    authority: unsecret(data.apply((files) => file(names, files, "ca.crt"))),
    administrator: data.apply((files) => {
      const kubeconfig = Buffer.from(file(names, files, "admin.conf"), "base64").toString();
      return {
        certificate: field(names, kubeconfig, "client-certificate-data"),
        key: field(names, kubeconfig, "client-key-data"),
      };
    }),
  };
}

/** A kubeconfig for the virtual API at its public URL. JSON, which every reader of YAML takes. */
export function kubeconfig(names: Names, { authority, administrator }: Certificates): Output<string> {
  const name = names.argocdCluster;
  return administrator.apply(({ certificate, key }) =>
    authority.apply((ca) =>
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

function file(names: Names, files: Record<string, string>, name: string): string {
  return must(files[name], names, name);
}

function field(names: Names, yaml: string, key: string): string {
  // kubeadm writes these as one line of base64; that is all of YAML that is needed here.
  return must(new RegExp(`^\\s*${key}: (\\S+)$`, "m").exec(yaml)?.[1], names, `${key} of admin.conf`);
}

function must(text: string | undefined, names: Names, what: string): string {
  if (text !== undefined) return text;
  throw new UserError(
    `Secret ${names.namespace}/${names.certificates} has no ${what}: another chart than vcluster made it?`,
  );
}
