import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import type { Settings } from "../config/defaults";

/** Name of the chart in whatever repository it comes from. */
const CHART = "vcluster";

/** Where Helm gets the chart from: a path, an OCI registry or a repository. */
export function chart({ path, repository, version }: Settings["chart"]) {
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

/**
 * Where the chart is on this machine, if it is: its path, or the archive that Helm keeps of every chart that it has got from a
 * repository. Helm tells these apart by name and version alone.
 */
export function chartOnDisk({ path, version }: Settings["chart"], env: NodeJS.ProcessEnv = process.env): string {
  return path ?? join(helmCache(env), `${CHART}-${version}.tgz`);
}

/** As the Kubernetes provider finds it: its own variable, then Helm's, then the place of each system. */
function helmCache(env: NodeJS.ProcessEnv): string {
  const { PULUMI_K8S_HELM_REPOSITORY_CACHE: own, HELM_CACHE_HOME: helm, XDG_CACHE_HOME: xdg } = env;
  if (own !== undefined) return own;
  if (helm !== undefined && helm !== "") return join(helm, "repository");
  return join(xdg !== undefined && xdg !== "" ? xdg : systemCache(), "helm", "repository");
}

function systemCache(): string {
  if (process.platform === "win32") return tmpdir();
  return join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
}
