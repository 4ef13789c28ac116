import { nameLengths } from "../../rules/name-lengths";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const ETCD = "controlPlane.backingStore.etcd.deploy.enabled";

testRule(nameLengths, {
  compliant: {
    "short names": release(),
    "the longest release": release({}, { name: "a".repeat(52), namespace: "b" }),
    "the longest release with etcd": release({ [ETCD]: true }, { name: "a".repeat(47), namespace: "b" }),
    "a release that contains the name of a long namespace": release(
      {},
      { name: `vcluster-${"c".repeat(38)}-helm`, namespace: `${"c".repeat(38)}-vcluster` },
    ),
    "the longest sum": release({}, { name: "a".repeat(29), namespace: "b".repeat(28) }),
  },
  violating: {
    "a release of 54 characters": {
      of: release({}, { name: "a".repeat(54), namespace: "b" }),
      at: ["name"],
      says: ["the name of the release has 54 characters", "at most 52 characters"],
    },
    "a sum that is cut off": {
      of: release({}, { name: "a".repeat(30), namespace: "b".repeat(28) }),
      at: ["name"],
      says: ["ClusterRole after 63 characters", `Found: "${"a".repeat(30)}"`],
    },
    "a release of 48 characters with etcd": {
      of: release({ [ETCD]: true }, { name: "a".repeat(48), namespace: "b" }),
      at: ["name"],
      says: ["at most 47 characters"],
    },
    "a release of 53 characters": { of: release({}, { name: "a".repeat(53), namespace: "b" }), at: ["name"] },
    "a namespace of 64 characters": {
      of: application({}, {}, { destination: { namespace: "b".repeat(64) } }),
      at: ["spec.destination.namespace", "name"],
      says: ["the namespace has 64 characters"],
    },
    "a release named by Pulumi": {
      of: { ...release({}, { name: undefined, namespace: undefined }), name: "a".repeat(54) },
      at: ["name"],
      says: ["the name of the release has 54"],
    },
    "values in files": {
      of: release({}, { name: "a".repeat(54), namespace: "b", valueYamlFiles: ["a"] }),
      at: ["name"],
    },
  },
  unknown: { "an unknown namespace": { of: release({}, { namespace: UNKNOWN }), at: "namespace" } },
  notApplicable: { "another chart": release({}, { chart: "nginx", name: "a".repeat(54) }), "another provider": BUCKET },
});
