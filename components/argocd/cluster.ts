import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { all, type CustomResourceOptions, type Output } from "@pulumi/pulumi";

import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import type { Names } from "../names";

/**
 * The project for the environment's Applications: they may go to its cluster and to no other, as far as its credential
 * reaches, and come from the configured sources.
 */
export function argocdProject(
  name: string,
  names: Names,
  { namespace, namespaces, clusterResources, sources }: Settings["argocd"],
  opts: CustomResourceOptions,
): CustomResource {
  const whole = namespaces.length === 0;
  const cluster = { name: names.argocdCluster, server: names.inClusterUrl };
  return new CustomResource(
    name,
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: names.argocdCluster, namespace, annotations: BACKGROUND_DELETION },
      spec: {
        description: `Applications of the environment at ${names.apiUrl}`,
        destinations: (whole ? ["*"] : namespaces).map((target) => ({ ...cluster, namespace: target })),
        // A second lock: a cluster that only has the same name is not this project's.
        permitOnlyProjectScopedClusters: true,
        sourceRepos: sources,
        clusterResourceWhitelist: whole || clusterResources ? [{ group: "*", kind: "*" }] : [],
      },
    },
    opts,
  );
}

/**
 * Registers the virtual cluster with Argo CD, at its in-cluster URL: Argo CD does not depend on the ingress.
 *
 * It belongs to the environment's project, which shuts out nobody: projects that allow its server may use it as well.
 */
export function argocdCluster(
  name: string,
  names: Names,
  s: Settings,
  authority: Output<string>,
  token: Output<string>,
  opts: CustomResourceOptions,
): Secret {
  const { namespace, namespaces, clusterResources } = s.argocd;
  const config = all([authority, token]).apply(([caData, bearerToken]) =>
    base64(JSON.stringify({ bearerToken, tlsClientConfig: { caData } })),
  );
  const data = {
    name: names.argocdCluster,
    server: names.inClusterUrl,
    project: names.argocdCluster,
    // Argo CD takes both for the whole cluster when there is no namespace.
    ...(namespaces.length > 0 && { namespaces: namespaces.join(), clusterResources: String(clusterResources) }),
  };
  return new Secret(
    name,
    {
      metadata: {
        name: names.argocdCluster,
        namespace,
        labels: { ...s.argocd.labels, ...clusterLabels(s), "argocd.argoproj.io/secret-type": "cluster" },
        annotations: { ...s.argocd.annotations, domain: s.domain, ...BACKGROUND_DELETION },
      },
      type: "Opaque",
      // Not stringData: server-side apply does not see that a key of it is gone.
      data: { ...Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])), config },
    },
    opts,
  );
}

/** What the cluster generators of ApplicationSets choose by. */
export function clusterLabels({ environment, domain, chart }: Settings): Record<string, string> {
  // A label's value has at most 63 characters. The annotation has the domain in any case.
  // Nor is a plus one of its characters: Helm writes it so, too.
  return { environment, version: chart.version.replaceAll("+", "_"), ...(domain.length <= 63 && { domain }) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
