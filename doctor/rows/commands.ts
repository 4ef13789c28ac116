/** Brings an environment of a stack to its configuration. */
export const UP = "make up STACK={stack}";

/** Restores every object of the Helm release, where there is no stack. */
export const REAPPLY =
  "helm get manifest {release} -n {namespace} | kubectl apply --server-side --force-conflicts -f -";

/** Starts the control plane's pods again. */
export const RESTART = "kubectl -n {namespace} rollout restart statefulset/{release}";

/** kubectl in the virtual cluster: with the stack's output, or with what the control plane exports. */
export const INSIDE = "kubectl --kubeconfig <(pulumi stack output kubeconfig --show-secrets --stack {stack})";
export const INSIDE_ELSEWHERE = "vcluster connect {release} -n {namespace} -- kubectl";
