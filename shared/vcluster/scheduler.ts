/** Values each of which makes the virtual cluster choose nodes itself; the second is the first's old name. */
export const SCHEDULERS = [
  "controlPlane.distro.k8s.scheduler.enabled",
  "controlPlane.advanced.virtualScheduler.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
] as const;
