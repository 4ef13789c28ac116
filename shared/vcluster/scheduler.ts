/** Values that enable a scheduler in the virtual cluster; the second is the deprecated name of the first. */
export const SCHEDULERS = [
  "controlPlane.distro.k8s.scheduler.enabled",
  "controlPlane.advanced.virtualScheduler.enabled",
  "sync.toHost.pods.hybridScheduling.enabled",
] as const;
