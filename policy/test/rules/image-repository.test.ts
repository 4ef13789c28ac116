import { imageRepository } from "../../rules/image-repository";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const IMAGE = "controlPlane.statefulSet.image";

testRule(imageRepository, {
  compliant: { "the open source image": release(), "an Application": application() },
  violating: {
    "the chart's default": {
      of: release({ [IMAGE]: {} }),
      at: [`values.${IMAGE}.repository`],
      says: ['Found: "loft-sh/vcluster-pro"', "Allowed: loft-sh/vcluster-oss"],
    },
    "another image": {
      of: application({ [`${IMAGE}.repository`]: "me/vcluster" }),
      at: [`spec.source.helm.valuesObject.${IMAGE}.repository`],
      says: ['Found: "me/vcluster"'],
    },
    none: {
      of: release({ [`${IMAGE}.repository`]: null }),
      at: [`values.${IMAGE}.repository`],
      says: ["Found: nothing"],
    },
  },
  unknown: {
    "an unknown image": { of: release({ [`${IMAGE}.repository`]: UNKNOWN }), at: `values.${IMAGE}.repository` },
  },
  notApplicable: { "another chart": release({ [IMAGE]: {} }, { chart: "nginx" }), "another provider": BUCKET },
  configured: {
    "images of an organisation": {
      of: release({ [IMAGE]: {} }),
      config: { allowedRepositories: ["loft-sh/vcluster-pro"] },
      at: [],
    },
    "none of two": {
      of: release(),
      config: { allowedRepositories: ["a", "b"] },
      at: [`values.${IMAGE}.repository`],
      says: ["Allowed: a, b"],
    },
  },
});
