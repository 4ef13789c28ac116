/** Documentation of the chart's values; rules append the page. */
export const VALUES_DOCS = "https://www.vcluster.com/docs/vcluster/configure/vcluster-yaml";

/** Documentation of Argo CD's cluster Secrets. */
export const CLUSTER_SECRET_DOCS =
  "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters";

/** Documentation of TLS passthrough in ingress-nginx, whose annotations Traefik supports as well. */
export const PASSTHROUGH_DOCS = "https://kubernetes.github.io/ingress-nginx/user-guide/tls/#ssl-passthrough";
