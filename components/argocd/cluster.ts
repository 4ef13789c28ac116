import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { all, type CustomResourceOptions } from "@pulumi/pulumi";

import { base64 } from "../../shared/base64";
import { ARGOCD_SECRET_TYPE } from "../../shared/kubernetes";
import type { Settings } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import type { Certificates } from "../vcluster/certificates";
import { projectSources } from "./applications";
import { CNOE_CLUSTER_CLASS, CNOE_CLUSTER_NAME } from "./cnoe";
import type { Credential } from "./credential";

/**
 * The project for the environment's Applications: they may only target its cluster, within the scope of its credential,
 * and come from the configured sources.
 */
export function argocdProject(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): CustomResource {
  const { names } = env;
  const { namespace, namespaces, clusterResources } = env.argocd;
  const clusterWide = namespaces.length === 0;
  const cluster = { name: names.argocdCluster, server: names.inClusterUrl };
  return new CustomResource(
    name,
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: names.argocdCluster, namespace, annotations: OWN_OBJECT },
      spec: {
        description: `Applications of the environment at ${names.apiUrl}`,
        destinations: (clusterWide ? ["*"] : namespaces).map((target) => ({ ...cluster, namespace: target })),
        // Excludes another cluster of the same name, too.
        permitOnlyProjectScopedClusters: true,
        sourceRepos: projectSources(env),
        clusterResourceWhitelist: clusterWide || clusterResources ? [{ group: "*", kind: "*" }] : [],
      },
    },
    opts,
  );
}

/**
 * Registers the virtual cluster with Argo CD, at its in-cluster URL: Argo CD does not depend on the ingress.
 *
 * It belongs to the environment's project, but not exclusively: other projects may also target this server.
 */
export function argocdCluster(
  name: string,
  env: ResolvedEnvironment,
  { caCertificate }: Certificates,
  { token }: Credential,
  opts: CustomResourceOptions,
): Secret {
  const { names, argocd } = env;
  const { namespace, namespaces, clusterResources } = argocd;
  const config = all([caCertificate, token]).apply(([caData, bearerToken]) =>
    base64(JSON.stringify({ bearerToken, tlsClientConfig: { caData } })),
  );
  const data = {
    name: names.argocdCluster,
    server: names.inClusterUrl,
    project: names.argocdCluster,
    // Without namespaces, Argo CD manages the whole cluster.
    ...(namespaces.length > 0 && { namespaces: namespaces.join(), clusterResources: String(clusterResources) }),
  };
  return new Secret(
    name,
    {
      metadata: {
        name: names.argocdCluster,
        namespace,
        labels: { ...argocd.labels, ...clusterLabels(env), [ARGOCD_SECRET_TYPE]: "cluster" },
        annotations: { ...argocd.annotations, domain: env.domain, ...OWN_OBJECT },
      },
      type: "Opaque",
      // Not stringData: server-side apply does not see that a key of it is gone.
      data: { ...Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])), config },
    },
    opts,
  );
}

/** What the cluster generators of ApplicationSets select by. */
function clusterLabels({ environment, domain, chart, argocd }: Settings): Record<string, string> {
  return {
    environment,
    // A label value has at most 63 characters, and no plus sign, which Helm replaces in the same way. The annotation always
    // has the domain.
    version: chart.version.replaceAll("+", "_"),
    ...(domain.length <= 63 && { domain }),
    ...(argocd.clusterClass !== undefined && {
      [CNOE_CLUSTER_CLASS]: argocd.clusterClass,
      [CNOE_CLUSTER_NAME]: environment,
    }),
  };
}
