import assert from "node:assert/strict";
import { controlPlaneResources } from "../../rules/control-plane-resources";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN, validate } from "../harness";

const RESOURCES = "controlPlane.statefulSet.resources";

testRule(controlPlaneResources, {
  compliant: {
    "requests under limits": release(),
    "requests equal to limits": release({ [`${RESOURCES}.requests`]: { cpu: "2", memory: "4Gi" } }),
    "the bounds themselves": release({
      [RESOURCES]: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: 8, memory: "16Gi" } },
    }),
    "the chart's requests": release({ [`${RESOURCES}.requests`]: undefined }),
  },
  violating: {
    "no CPU limit": {
      of: release({ [`${RESOURCES}.limits.cpu`]: undefined }),
      at: [`values.${RESOURCES}.limits.cpu`],
      says: ["starve", "Found: nothing", "from 100m to 8"],
    },
    "a default that is taken away": {
      of: application({ [`${RESOURCES}.requests.memory`]: null }),
      at: [`spec.source.helm.valuesObject.${RESOURCES}.requests.memory`],
      says: ["from 256Mi to 16Gi"],
    },
    "no quantity": { of: release({ [`${RESOURCES}.limits.cpu`]: "a lot" }), at: [`values.${RESOURCES}.limits.cpu`] },
    "too little": {
      of: release({ [`${RESOURCES}.requests.cpu`]: "99m" }),
      at: [`values.${RESOURCES}.requests.cpu`],
      says: ["out of bounds", 'Found: "99m"'],
    },
    "too much": {
      of: release({ [`${RESOURCES}.limits.memory`]: "17Gi" }),
      at: [`values.${RESOURCES}.limits.memory`],
      says: ["out of bounds"],
    },
    "a request above the limit": {
      of: release({ [`${RESOURCES}.requests.cpu`]: "2001m" }),
      at: [`values.${RESOURCES}.requests.cpu`],
      says: ["exceeds the limit", "at most the limit, 2", 'Found: "2001m"'],
    },
  },
  unknown: {
    "an unknown limit": {
      of: release({ [`${RESOURCES}.limits.cpu`]: UNKNOWN }),
      at: `values.${RESOURCES}.limits.cpu`,
    },
  },
  notApplicable: { "another chart": release({ [RESOURCES]: {} }, { chart: "nginx" }), "another provider": BUCKET },
  misconfigured: {
    "without a lower bound": { cpu: { max: "1" } },
    "without an upper bound": { memory: { min: "1Gi" } },
    "with a number": { cpu: { min: 1, max: "2" } },
    "with a number above": { cpu: { min: "1", max: 2 } },
    "that is no object": { cpu: "1" },
  },
  configured: {
    "bounds of an organisation": {
      of: release(),
      config: { cpu: { min: "1", max: "1" }, memory: { min: "3Gi", max: "4Gi" } },
      at: [`values.${RESOURCES}.limits.cpu`, `values.${RESOURCES}.requests.memory`],
      says: ["from 1 to 1", "from 3Gi to 4Gi"],
    },
  },
});

describe("control-plane-resources", () => {
  it("rejects a bound that is not a quantity", async () => {
    const cpu = { min: "few", max: "2" };
    await assert.rejects(validate(controlPlaneResources, release(), { cpu }), /"few" is not a Kubernetes quantity/);
  });
});
