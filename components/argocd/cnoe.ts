/**
 * Labels that CNOE's stack `vcluster-multi-env` puts on the cluster Secrets of its virtual clusters, and that ApplicationSets
 * select by.
 */
export const CNOE_CLUSTER_CLASS = "vcluster.cnoe.io/clusterClass";

export const CNOE_CLUSTER_NAME = "vcluster.cnoe.io/clusterName";
