import { schedulerNeedsNodes } from "../../rules/scheduler-needs-nodes";
import { testRule } from "../cases";
import { application, BUCKET, part, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const SCHEDULER = { "controlPlane.advanced.virtualScheduler.enabled": true };

testRule(schedulerNeedsNodes, {
  compliant: {
    "no scheduler": release(),
    "a scheduler with nodes": release({ ...SCHEDULER, "sync.fromHost.nodes.enabled": true }),
    "an Application without scheduler": application(),
  },
  violating: {
    "the virtual scheduler without nodes": {
      of: release(SCHEDULER),
      at: ["values.sync.fromHost.nodes.enabled"],
      says: ["controlPlane.advanced.virtualScheduler.enabled is on", "Found: nothing", "Allowed: true"],
    },
    "the virtual scheduler with nodes off": {
      of: release({ ...SCHEDULER, "sync.fromHost.nodes.enabled": false }),
      at: ["values.sync.fromHost.nodes.enabled"],
      says: ["Found: false"],
    },
    "the distribution's scheduler": {
      of: release({ "controlPlane.distro.k8s.scheduler.enabled": true }),
      at: ["values.sync.fromHost.nodes.enabled"],
      says: ["controlPlane.distro.k8s.scheduler.enabled is on"],
    },
    "hybrid scheduling": {
      of: release({ "sync.toHost.pods.hybridScheduling.enabled": true }),
      at: ["values.sync.fromHost.nodes.enabled"],
      says: ["sync.toHost.pods.hybridScheduling.enabled is on"],
    },
    "an Application": { of: application(SCHEDULER), at: ["spec.source.helm.valuesObject.sync.fromHost.nodes.enabled"] },
    "an Application's parameter": {
      of: application(
        {},
        {
          helm: { parameters: [{ name: "controlPlane.advanced.virtualScheduler.enabled", value: "true" }] },
        },
      ),
      at: ["spec.source.helm.valuesObject.sync.fromHost.nodes.enabled"],
    },
    "one of an Application's sources": {
      of: application(
        {},
        {},
        {
          source: undefined,
          sources: [
            { repoURL: "https://git.example.com", ref: "values" },
            part(application(SCHEDULER), "spec", "source"),
          ],
        },
      ),
      at: ["spec.sources[1].helm.valuesObject.sync.fromHost.nodes.enabled"],
    },
  },
  unknown: {
    "an unknown switch": {
      of: release({ ...SCHEDULER, "sync.fromHost.nodes.enabled": UNKNOWN }),
      at: "values.sync.fromHost.nodes.enabled",
    },
  },
  notApplicable: {
    "another chart": release(SCHEDULER, { chart: "nginx" }),
    "values that cannot be read": release(SCHEDULER, { valueYamlFiles: ["values.yaml"] }),
    "another provider": BUCKET,
  },
});
