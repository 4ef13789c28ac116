import type { ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";

import type { Settings } from "./defaults";

/** Name of the chart in whatever repository it comes from. */
const CHART = "vcluster";

/** Where Helm gets the chart from: a path, an OCI registry or a repository. */
export function chart({
  path,
  repository,
  version,
}: Settings["chart"]): Pick<ReleaseArgs, "chart" | "version" | "repositoryOpts"> {
  // A chart on disk has the version that it has.
  if (path !== undefined) return { chart: path };
  if (repository.startsWith("oci://")) return { chart: `${repository.replace(/\/+$/, "")}/${CHART}`, version };
  return { chart: CHART, version, repositoryOpts: { repo: repository } };
}

/** The same for an Application. Argo CD knows the folder of an OCI registry by having no scheme. */
export function applicationSource({ repository, version }: Settings["chart"]) {
  const repoURL = repository.replace(/^oci:\/\//, "").replace(/\/+$/, "");
  return { repoURL, chart: CHART, targetRevision: version };
}
