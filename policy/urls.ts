/** Where the chart's values are described; rules add the page. */
export const VALUES_DOCS = "https://www.vcluster.com/docs/vcluster/configure/vcluster-yaml";

/** How Argo CD describes the Secret of a cluster. */
export const CLUSTER_SECRET_DOCS =
  "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters";

/** How TLS passthrough works in ingress-nginx, whose annotations Traefik reads as well. */
export const PASSTHROUGH_DOCS = "https://kubernetes.github.io/ingress-nginx/user-guide/tls/#ssl-passthrough";
