/** Longest label value, and so longest namespace, Service and ClusterRole of the syncer. */
export const LABEL_LENGTH = 63;

/** Longest release: the StatefulSet controller labels pods with the release, `-` and ten characters. */
export const RELEASE_LENGTH = LABEL_LENGTH - 11;

/** The same where the chart deploys etcd, whose StatefulSet is `<release>-etcd`. */
export const RELEASE_LENGTH_WITH_ETCD = RELEASE_LENGTH - "-etcd".length;

/**
 * True where the syncer's ClusterRole cannot have the name of another environment's: the chart does not cut it off after
 * {@link LABEL_LENGTH} characters, or the release alone identifies the environment, because it contains the namespace's
 * name (`vcluster-dev-helm` in `dev-vcluster`).
 */
export function isClusterRoleUnique(release: string, namespace: string): boolean {
  const environment = namespace.replace(/^vcluster-|-vcluster$/, "");
  return `vc-${release}-v-${namespace}`.length <= LABEL_LENGTH || release.includes(environment);
}
