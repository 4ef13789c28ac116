/** Brings an environment of a stack to its configuration. */
export const UP = "make up STACK={stack}";

/** Restores every object of the Helm release, where there is no stack. */
export const REAPPLY =
  "helm get manifest {release} -n {namespace} | kubectl apply --server-side --force-conflicts -f -";

/** Starts the control plane's pods again. */
export const RESTART = "kubectl -n {namespace} rollout restart statefulset/{release}";

/**
 * kubectl in the virtual cluster with the stack's output, for bash and zsh. The file is the user's alone and exists for this
 * command: kubectl reads it twice, and a pipe such as `<(…)` is empty then, so that it would ask localhost:8080.
 */
export function inside(command: string): string {
  const output = `pulumi stack output kubeconfig --show-secrets --stack {stack} >"$file"`;
  return `(file=$(mktemp); trap 'rm -f "$file"' EXIT; ${output} && kubectl --kubeconfig "$file" ${command})`;
}

/** The same with what the control plane exports, where there is no stack. */
export function insideElsewhere(command: string): string {
  return `vcluster connect {release} -n {namespace} -- kubectl ${command}`;
}
