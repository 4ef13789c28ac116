/** Label of a namespace by which the API server enforces a Pod Security Standard. */
export const POD_SECURITY_ENFORCE = "pod-security.kubernetes.io/enforce";

/** Label by which Argo CD recognizes a Secret; `cluster` for the Secret of a cluster. */
export const ARGOCD_SECRET_TYPE = "argocd.argoproj.io/secret-type";

/** Label by which the objects of all environments are found; its value is the environment's name. */
export const ENVIRONMENT_LABEL = "vcluster-environments/environment";
