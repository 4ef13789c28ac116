/**
 * What each build took, in seconds, in a cold run of all of them on two cores (docs/results/cold-build.md). A build leaves out
 * the packages that an earlier one has compiled, and the last ones are compiled ahead beside those before.
 */
const measured: Record<string, number> = {
  kine: 98,
  kubernetes: 382,
  etcd: 11,
  coredns: 17,
  "kube-router": 15,
  "local-path-provisioner": 4,
  traefik: 80,
  "argo-cd": 64,
  helm: 4,
  vcluster: 144,
  pulumi: 3,
  "pulumi-language-nodejs": 1,
  "pulumi-language-yaml": 28,
  "pulumi-resource-kubernetes": 7,
  "pulumi-resource-random": 2,
  "pulumi-resource-command": 1,
};

/** Of a build that no cold run had. */
const unknown = 60;

/** Seconds after which the time that the builds took says more than what was measured elsewhere. */
const enough = 30;

/**
 * Title of a build, as "build 5 of 14, about 9 min left: traefik". The estimate takes the measured times, scaled by how fast
 * this machine was until here.
 *
 * @param elapsed seconds since the first build began
 */
export function buildTitle(builds: readonly string[], index: number, elapsed: number): string {
  const sum = (names: readonly string[]) => names.reduce((total, name) => total + (measured[name] ?? unknown), 0);
  const scale = index > 0 && elapsed > enough ? elapsed / sum(builds.slice(0, index)) : 1;
  const minutes = Math.ceil((sum(builds.slice(index)) * scale) / 60);
  return `build ${index + 1} of ${builds.length}, about ${minutes} min left: ${builds[index] ?? ""}`;
}
