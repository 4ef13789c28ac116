import { podSecurityLevel } from "../../rules/pod-security-level";
import { testRule } from "../cases";
import { application, namespace, object, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const LEVEL = "pod-security.kubernetes.io/enforce";

testRule(podSecurityLevel, {
  compliant: {
    baseline: [release(), namespace("dev-vcluster", { [LEVEL]: "baseline" })],
    restricted: [application(), namespace("dev-vcluster", { [LEVEL]: "restricted" })],
  },
  violating: {
    "no label": {
      of: [release(), namespace("other", { [LEVEL]: "baseline" }), namespace("dev-vcluster")],
      at: [`metadata.labels["${LEVEL}"]`],
      on: ["ns-dev-vcluster"],
      says: ["take control of the node", "Found: nothing", "Allowed: baseline, restricted"],
    },
    privileged: {
      of: [release(), namespace("dev-vcluster", { [LEVEL]: "privileged" })],
      at: [`metadata.labels["${LEVEL}"]`],
      says: ['Found: "privileged"'],
    },
    "a namespace of others": {
      of: [application()],
      at: ["spec.destination.namespace"],
      on: ["app"],
      says: ["is not in this stack"],
    },
    "another kind of that name": {
      of: [release(), object("core/v1:Secret", namespace("dev-vcluster", { [LEVEL]: "baseline" }).props)],
      at: ["namespace"],
    },
  },
  unknown: {
    "an unknown level": {
      of: [release(), namespace("dev-vcluster", { [LEVEL]: UNKNOWN })],
      at: `metadata.labels.${LEVEL}`,
    },
  },
  notApplicable: { "a stack without virtual clusters": [namespace("x")], "an empty stack": [] },
  configured: {
    "only restricted": {
      of: [release(), namespace("dev-vcluster", { [LEVEL]: "baseline" })],
      config: { allowedLevels: ["restricted"] },
      at: [`metadata.labels["${LEVEL}"]`],
    },
  },
});
